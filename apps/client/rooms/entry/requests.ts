/** Who waits to be let in: asked for by links that need approval, or left at the node while nobody was there. */
import { computed, signal, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError, type ErrorCode } from '#shared/errors.ts'
import { fromBase64Url } from '#shared/invite.ts'
import type { LeftRequest } from '#shared/http/mailbox.ts'
import type { DeviceKey, InviteId, UserKey } from '#shared/ids.ts'
import { showableTime } from '#shared/time.ts'
import { WireError } from '#shared/wire/cbor.ts'
import type { RoomKeys } from '#shared/wire/rendezvous-proof.ts'
import type { Epoch } from '../../crypto/index.ts'
import type { JoinRequest, RoomEntry } from './facet.ts'
import { welcomeContext, type Applicant, type Judge } from './judge.ts'
import { bundleFor, secretsForNewcomer } from '../log/epochs/key-bundle.ts'
import { decodeShown } from '../membership/operation-codec.ts'
import { memberOf } from '../membership/resolve.ts'
import type { Naming } from '../people/naming.ts'
import type { RoomLog } from '../log/room-log.ts'
import { openRequest, requestKeyOf, sealAnswer, type RequestAnswer } from './at-node/sealed-request.ts'
import type { Shelf } from './at-node/shelf.ts'

/** More than anybody looks through; the newest stay. */
const SHOWN_MAX = 200

export type Requests = Pick<RoomEntry, 'requests'> & {
  /** Somebody waits for a moderator's word. */
  note(applicant: Applicant): void
  /** A request that lay at the node: judged, and answered where that can be done without a moderator. */
  take(request: LeftRequest): Promise<void>
}

export interface RequestsOptions {
  log: RoomLog
  /** The room's access key. */
  keys: RoomKeys
  naming: ReadonlySignal<Naming>
  shelf: Pick<Shelf, 'answer' | 'discard' | 'visit'>
  judge: Judge
  myUser: UserKey
  now: () => number
  /** The epoch the room began with. */
  first: () => Epoch
  decline: (device: DeviceKey, inviteId: InviteId) => Promise<void>
}

interface Waiting { applicant: Applicant, requestedAt: number, left: { id: string, answerKey: Uint8Array<ArrayBuffer> } | null }

/** What the joiner is told for good; anything else may be different at the next look. */
const FINAL: ReadonlySet<string> = new Set<ErrorCode>(['banned', 'invite-revoked', 'invite-expired', 'invite-used-up', 'request-declined', 'device-revoked', 'certificate-expired'])

export function createRequests ({ log, keys, naming, shelf, judge, myUser, now, first, decline }: RequestsOptions): Requests {
  const waiting = signal<ReadonlyMap<string, Waiting>>(new Map())
  const idOf = ({ member, proof }: Applicant): string => `${proof.inviteId}/${member.device}`

  const keep = (applicant: Applicant, change: Partial<Waiting>): void => {
    const id = idOf(applicant)
    const known = waiting.peek().get(id) ?? { applicant, requestedAt: now(), left: null }
    const next = new Map(waiting.peek()).set(id, { ...known, applicant, ...change })
    for (const oldest of [...next.keys()].slice(0, Math.max(0, next.size - SHOWN_MAX))) next.delete(oldest)
    waiting.value = next
  }
  const forget = (id: string): void => {
    waiting.value = new Map([...waiting.peek()].filter(([other]) => other !== id))
  }

  const answer = async ({ applicant, left }: Waiting, said: 'admitted' | ErrorCode): Promise<void> => {
    // Who asked directly asks again, and is told then.
    if (left === null) return
    const { member, proof } = applicant
    const secrets = secretsForNewcomer(log, member.user, { isLeft: true })
    const content: RequestAnswer = said === 'admitted'
      ? {
          type: 'admitted', firstEpochId: first().epochId,
          bundle: await bundleFor(member.encryptionKey, welcomeContext(log), secrets)
        }
      : { type: 'refused', code: said }
    const asked = { place: { roomTag: log.roomTag, inviteId: proof.inviteId }, joiner: member.device, answerKey: left.answerKey }
    await shelf.answer(left.id, await sealAnswer(asked, content, keys))
  }
  /** The room has decided already: an answer that cannot be left now is left when the request is found again. */
  const answerLater = (entry: Waiting, said: 'admitted' | ErrorCode): void => {
    answer(entry, said).catch(() => shelf.visit(true))
  }

  const approve = async (id: string): Promise<void> => {
    const entry = waiting.peek().get(id)
    if (entry === undefined) return
    const verdict = await judge.judge(entry.applicant, true)
    if (verdict === 'pending') throw new ParleyError('not-allowed')
    forget(id)
    answerLater(entry, verdict)
    if (verdict !== 'admitted') throw new ParleyError(verdict)
  }

  const refuse = async (id: string): Promise<void> => {
    const entry = waiting.peek().get(id)
    if (entry === undefined) return
    await decline(entry.applicant.member.device, entry.applicant.proof.inviteId)
    forget(id)
    answerLater(entry, 'request-declined')
  }

  return {
    note: (applicant) => keep(applicant, {}),
    async take (request) {
      const inviteId = request.inviteId as InviteId
      const place = { roomTag: log.roomTag, inviteId }
      try {
        const requestKey = await requestKeyOf(first().parts.logSecret, place)
        const { member: bytes, challenge, signature, answerKey } = await openRequest(requestKey, place, fromBase64Url(request.sealed))
        const applicant: Applicant = { member: decodeShown(bytes), proof: { inviteId, challenge, signature } }
        const left = { id: request.id, answerKey }
        const verdict = await judge.judge(applicant)
        if (verdict === 'pending') keep(applicant, { left, requestedAt: showableTime(request.createdAt) })
        else if (verdict === 'admitted' || FINAL.has(verdict)) await answer({ applicant, requestedAt: 0, left }, verdict)
      } catch (error) {
        if (!(error instanceof WireError || error instanceof TypeError)) throw error
        await shelf.discard(request.id)
      }
    },
    requests: computed<JoinRequest[]>(() => {
      const membership = log.membership.value
      const { canApprove } = membership.rightsOf(myUser)
      return [...waiting.value].flatMap(([id, { applicant: { member, proof }, requestedAt }]) => {
        const invite = membership.invites.get(proof.inviteId)
        if (invite === undefined || invite.isRevoked || invite.expiresAt < now() || memberOf(membership, member.device) !== null) return []
        const { text: name, mark: nameMark } = naming.value.ofClaim(member.user, member.name, [member.device])
        return [{
          id, user: member.user, name, nameMark, role: invite.role, requestedAt, needsApproval: invite.needsApproval,
          approve: canApprove ? async () => await approve(id) : null,
          decline: canApprove ? async () => await refuse(id) : null
        }]
      })
    })
  }
}
