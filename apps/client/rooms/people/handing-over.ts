/**
 * Handing a room over: the creator offers their place, the successor consents, and a device of the creator hands over by that consent. All three
 * are operations, so that nobody has to be there at the same time, and every member can check that the successor was asked.
 */
import { computed, effect, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { EnvelopeId, UserKey } from '#shared/ids.ts'
import type { RoomPeople } from './facet.ts'
import type { Scope } from '../../state/scope.ts'
import { putOutAgain } from '../entry/device-admission.ts'
import type { Membership } from '../membership/membership.ts'
import type { Naming } from './naming.ts'
import type { RoomLog } from '../log/room-log.ts'

type HandingOverLog = Pick<RoomLog, 'membership' | 'writeOperation' | 'writeRemoval'>
export interface HandingOverOptions {
  log: HandingOverLog
  naming: ReadonlySignal<Naming>
  myUser: UserKey
  isMember: ReadonlySignal<boolean>
}

/** @throws {ParleyError} `not-allowed` (rejects) */
export async function offerRoom (log: HandingOverLog, { by, to }: { by: UserKey, to: UserKey | null }): Promise<void> {
  const membership = log.membership.peek()
  if (!membership.rightsOf(by).canHandOver || by === to || (to !== null && !membership.members.has(to))) throw new ParleyError('not-allowed')
  await log.writeOperation({ type: 'offer-room', user: to })
}

export function createHandingOver ({ log, naming, myUser, isMember }: HandingOverOptions): Pick<RoomPeople, 'handOver'> {
  const reply = async ({ offer, by }: NonNullable<Membership['handOver']>, accepts: boolean): Promise<void> => {
    // It may have been taken back while the question was on the screen.
    if (log.membership.peek().handOver?.offer !== offer) throw new ParleyError('offer-over')
    await log.writeOperation({ type: 'reply-offer', creator: by, offer, accepts })
  }
  return {
    handOver: computed(() => {
      const { handOver } = log.membership.value
      if (handOver === null || !isMember.value || (handOver.by !== myUser && handOver.to !== myUser)) return null
      const isMine = handOver.by === myUser
      return {
        name: naming.value.of(isMine ? handOver.to : handOver.by),
        isMine,
        isAccepted: handOver.consent !== null,
        accept: isMine || handOver.consent !== null ? null : async () => await reply(handOver, true),
        decline: isMine ? async () => await offerRoom(log, { by: myUser, to: null }) : async () => await reply(handOver, false)
      }
    })
  }
}

/**
 * RULE: the creator has decided by offering, so any of their devices hands over as soon as it knows the consent. Where two do so at the same
 * moment both count, and say the same.
 */
export function keepHandingOver ({ log, myUser, isMember, scope, isFresh }: Omit<HandingOverOptions, 'naming'> & {
  scope: Scope
  /** Whether actions on others may be written now. */
  isFresh: ReadonlySignal<boolean>
}): void {
  /** Consents that this device has acted on: where that has no effect, it would write one operation after the other. */
  const done = new Set<EnvelopeId>()
  // RULE: a device that was put out does not act as the creator: what the creator does is judged before what any other has said.
  const handOverTo = async (to: UserKey, consent: EnvelopeId): Promise<void> => {
    await putOutAgain(log, to)
    await log.writeOperation({ type: 'hand-over', user: to, consent })
  }
  scope.defer(effect(() => {
    const { handOver } = log.membership.value
    if (handOver?.consent == null || handOver.by !== myUser || !isMember.value || !isFresh.value || done.has(handOver.consent)) return
    const { to, consent } = handOver
    done.add(consent)
    scope.run(handOverTo(to, consent).catch((error: unknown) => {
      done.delete(consent)
      throw error
    }))
  }))
}
