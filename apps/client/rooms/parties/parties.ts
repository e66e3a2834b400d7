/** Party rooms: rooms of their own that a room announces to its members. */
import { computed, effect, signal, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import { cleanLine } from '#shared/names/clean-line.ts'
import type { InviteId, RoomTag, UserKey } from '#shared/ids.ts'
import type { JoinAttempt, JoinState, Room, RoomPolicy } from '../../api.ts'
import type { Scope } from '../../state/scope.ts'
import { inviteKeys, type Invitations } from '../entry/invitations.ts'
import type { JoinTarget } from '../entry/joining.ts'
import type { RoomLog } from '../log/room-log.ts'
import type { RoomParties } from './facet.ts'

/** As good as for ever: an open party room is open as long as it is announced. */
const OPEN_FOR_MS = 50 * 365 * 24 * 3_600_000

/** What a room needs of the other rooms of this device. */
export interface PartyHooks {
  /** The name of a room that this person is in, else null. Reactive. */
  joinedName(tag: RoomTag): string | null
  createChild(name: string, parent: RoomTag): Promise<{ tag: RoomTag, invitations: Pick<Invitations, 'create'> }>
  /** A room of this person alone, with these terms. */
  createLike(terms: { name: string, topic: string, policy: RoomPolicy }): Promise<{ tag: RoomTag, log: RoomLog, invitations: Pick<Invitations, 'create'> }>
  join(target: JoinTarget): JoinAttempt
}

export function createParties ({ log, myUser, hooks }: { log: RoomLog, myUser: UserKey, hooks: PartyHooks }): RoomParties {
  const createPartyRoom = async ({ name, isOpen, isVoice = false }: { name: string, isOpen: boolean, isVoice?: boolean }): Promise<RoomTag> => {
    const child = await hooks.createChild(name, log.roomTag)
    // No welcome at the node: who is removed from the parent knows the secret, and must not read by it.
    const secret = isOpen ? (await child.invitations.create({ expiresInMs: OPEN_FOR_MS, worksOffline: false })).secret : null
    await log.writeOperation({ type: 'party', childTag: child.tag, name: hooks.joinedName(child.tag) ?? name, inviteSecret: secret, isVoice })
    return child.tag
  }
  return {
    // What is open is for every member to see; what is not, for those who are in it.
    rooms: computed(() => [...log.membership.value.parties.values()].flatMap(({ tag, name, inviteSecret, isVoice }) => {
      const joined = hooks.joinedName(tag)
      return inviteSecret === null && joined === null ? [] : [{ tag, name: joined ?? cleanLine(name), isOpen: inviteSecret !== null, isJoined: joined !== null, isVoice }]
    })),
    create: computed(() => {
      const { kind } = log.membership.value
      return kind === 'group' && log.membership.value.rightsOf(myUser).canAdminister ? createPartyRoom : null
    }),
    join (tag) {
      const party = log.membership.peek().parties.get(tag)
      if (party?.inviteSecret == null) return { state: signal<JoinState>({ status: 'failed', error: new ParleyError('not-allowed') }), cancel () {} }
      return hooks.join({ roomTag: tag, secret: party.inviteSecret, parent: log.roomTag, roomName: party.name, inviterName: '' })
    }
  }
}

/** RULE: by the invitation that its parent announces, a party room lets in who is a member of the parent. */
export async function mayEnterParty (child: RoomLog, parent: RoomLog | null, user: UserKey, inviteId: InviteId): Promise<boolean> {
  if (child.membership.peek().kind !== 'party') return true
  // Who does not know the parent cannot tell which invitation it has announced.
  if (parent === null) return false
  const { parties, members } = parent.membership.peek()
  const announced = parties.get(child.roomTag)?.inviteSecret ?? null
  return announced === null || (await inviteKeys(announced)).id !== inviteId || members.has(user)
}

/** What the upkeep needs of an open room. */
interface KeptRoom { readonly room: Pick<Room, 'people'>, readonly log: RoomLog }

/**
 * RULE: who is removed from a room is removed from its open party rooms, by whoever may and sees it. Who never was in the parent came
 * by an invitation of the party room itself, and stays.
 */
export function keepParties (opened: ReadonlySignal<ReadonlyMap<RoomTag, KeptRoom>>, scope: Scope): void {
  const underway = new Set<string>()
  scope.defer(effect(() => {
    for (const { room, log } of opened.value.values()) {
      const { kind, parent: parentTag, members } = log.membership.value
      const parent = kind === 'party' && parentTag !== null ? opened.value.get(parentTag)?.log.membership.value : undefined
      if (parent?.parties.get(log.roomTag)?.inviteSecret == null) continue
      const former = new Set([...parent.authors.values()].map(({ user }) => user).filter((user) => !parent.members.has(user)))
      for (const [user, { kick }] of room.people.actions.value) {
        const job = `${log.roomTag}/${user}`
        if (kick === null || !members.has(user) || !former.has(user) || underway.has(job)) continue
        underway.add(job)
        scope.run(kick().finally(() => underway.delete(job)))
      }
    }
  }))
}
