/** What people with a role may do to a room and to others in it: the actions behind `Room`, each null where the role does not allow it. */
import { computed, effect, signal, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import { ROOM_NAME_MAX_CHARS, ROOM_TOPIC_MAX_CHARS } from '#shared/limits.ts'
import type { MemberActions, Role, Room, RoomPolicy, RoomSummary } from '../../api.ts'
import { dependOn } from '../../state/depend-on.ts'
import { TIMER_MAX_MS, type Scope } from '../../state/scope.ts'
import { cutsOf } from './cuts.ts'
import { putOutAgain } from '../entry/device-admission.ts'
import { offerRoom } from './handing-over.ts'
import { isCleanName } from '../membership/operation-codec.ts'
import { rankOf } from '../membership/operations.ts'
import type { Membership } from '../membership/resolve.ts'
import type { Naming } from './naming.ts'
import type { RoomLog } from '../log/room-log.ts'

export type Moderation = Pick<Room,
  'policy' | 'rename' | 'changePolicy' | 'memberActions' | 'unban' | 'leave' | 'nextSendAt' | 'mutedUntil' | 'removeMember'>

export interface Standing {
  standing: ReadonlySignal<RoomSummary['standing']>
  /** Whether this person may edit and delete here now. */
  mayWrite: ReadonlySignal<boolean>
  /** As `mayWrite`, and slow mode lets the next message go. */
  maySend: ReadonlySignal<boolean>
  /** Whose messages beside their own this person may delete. */
  mayDelete: ReadonlySignal<(user: UserKey) => boolean>
}

export interface ModerationOptions {
  log: RoomLog
  scope: Scope
  device: DeviceKey
  myUser: UserKey
  /** Unix ms, as messages are dated. */
  now: () => number
  /** The node has signed this device out: it cannot be told any more what the room says of it. */
  isSignedOut?: ReadonlySignal<boolean>
}

export function createModeration (options: ModerationOptions): { actions: Moderation } & Standing {
  const { log, myUser } = options
  const isMember = computed(() => options.isSignedOut?.value !== true && log.membership.value.memberOf(options.device) !== null)
  const rights = computed(() => log.membership.value.rightsOf(myUser))
  const whenever = <T>(isAllowed: () => boolean, action: T): ReadonlySignal<T | null> => computed(() => isMember.value && isAllowed() ? action : null)

  const removeAll = async (users: readonly UserKey[], isBan: boolean): Promise<void> => {
    for (const user of users) if (rights.peek().mayKick(user) || user === users[0]) await remove(user, isBan)
  }
  const remove = async (user: UserKey, isBan: boolean): Promise<void> => {
    const membership = log.membership.peek()
    const leaving = membership.members.get(user)?.devices
    if (!rights.peek().mayKick(user)) throw new ParleyError('not-allowed')
    await log.writeRemoval((device) => leaving?.has(device) ?? false, (rotation) =>
      ({ type: 'remove', user, isBan, cuts: cutsOf(log, user), rotation }))
  }

  const actionsOn = (user: UserKey, now: ReturnType<Membership['rightsOf']>, invited: ReadonlyMap<UserKey | null, readonly UserKey[]>): MemberActions => {
    const roles = now.rolesFor(user)
    return {
      kick: now.mayKick(user) ? async (also = []) => await removeAll([user, ...also], false) : null,
      ban: now.mayKick(user) ? async (also = []) => await removeAll([user, ...also], true) : null,
      broughtIn: now.mayKick(user) ? broughtInBy(user, invited).filter((other) => now.mayKick(other)) : [],
      mute: now.mayActOn(user) ? async (until) => { await log.writeOperation({ type: 'mute', user, until, cuts: cutsOf(log, user) }) } : null,
      roles,
      offerRoom: now.canHandOver ? async () => await offerRoom(log, { by: myUser, to: user }) : null,
      setRole: roles.length === 0 ? null : async (role) => await setRole(log, user, role, rights.peek().rolesFor(user))
    }
  }

  return {
    ...createStanding(options, isMember),
    actions: {
      policy: computed(() => log.membership.value.policy),
      rename: whenever(() => rights.value.canAdminister, async ({ name, topic }) => {
        const { name: nameNow, topic: topicNow } = log.membership.peek()
        await log.writeOperation({ type: 'rename', name: readName(name ?? nameNow ?? ''), topic: readTopic(topic ?? topicNow) })
      }),
      changePolicy: whenever(() => rights.value.canChangePolicy || rights.value.canModerate, async (change) => {
        const isMore = (Object.keys(change) as (keyof RoomPolicy)[]).some((field) => field !== 'slowModeMs')
        if (isMore && !rights.peek().canChangePolicy) throw new ParleyError('not-allowed')
        await log.writeOperation({ type: 'policy', policy: { ...log.membership.peek().policy, ...change } })
      }),
      memberActions: computed(() => {
        const others = [...log.membership.value.members.keys()].filter((user) => user !== myUser)
        const invited = invitedIn(log.membership.value)
        return new Map(isMember.value ? others.map((user) => [user, actionsOn(user, rights.value, invited)]) : [])
      }),
      removeMember: computed(() => isMember.value && [...log.membership.value.members.keys()].some((user) => rights.value.mayKick(user))
        ? async (user) => await remove(user, false)
        : null),
      unban: whenever(() => rights.value.canModerate, async (user) => {
        if (!rights.peek().mayUnban(user)) throw new ParleyError('not-allowed')
        await log.writeOperation({ type: 'unban', user })
      }),
      leave: whenever(() => true, async () => {
        await log.writeOperation({ type: 'remove', user: myUser, isBan: false, cuts: cutsOf(log, myUser), rotation: null })
      }),
      nextSendAt: createSlowMode(options),
      mutedUntil: computed(() => log.membership.value.mutes.get(myUser) ?? null)
    }
  }
}

/** By who invited them. */
function invitedIn ({ members }: Membership): Map<UserKey | null, UserKey[]> {
  const invited = new Map<UserKey | null, UserKey[]>()
  for (const { user, invitedBy } of members.values()) invited.set(invitedBy, [...invited.get(invitedBy) ?? [], user])
  return invited
}

/** Who came by somebody's links, and by the links of those. */
function broughtInBy (user: UserKey, invited: ReadonlyMap<UserKey | null, readonly UserKey[]>): UserKey[] {
  const found = new Set<UserKey>([user])
  for (const one of found) for (const guest of invited.get(one) ?? []) found.add(guest)
  found.delete(user)
  return [...found]
}

/** RULE: slow mode binds members; moderators and up are free of it. */
function createSlowMode ({ log, myUser }: ModerationOptions): ReadonlySignal<number | null> {
  return computed(() => {
    const { policy, members } = log.membership.value
    const role = members.get(myUser)?.role
    const last = log.lastSentAt.value
    return policy.slowModeMs === 0 || last === null || role === undefined || rankOf(role) >= rankOf('moderator') ? null : last + policy.slowModeMs
  })
}

function createStanding (options: ModerationOptions, isMember: ReadonlySignal<boolean>): Standing {
  const { log, scope, myUser, now } = options
  /** Counted up whenever a wait of slow mode ends. */
  const ends = signal(0)
  const nextSendAt = createSlowMode(options)
  let cancel = (): void => {}
  scope.defer(effect(() => {
    dependOn(ends)
    cancel()
    const wait = (nextSendAt.value ?? 0) - now()
    if (wait > 0) cancel = scope.later(Math.min(wait, TIMER_MAX_MS), () => { ends.value++ })
  }))
  const isOver = (until: number | null): boolean => {
    dependOn(ends)
    return until === null || until <= now()
  }
  const mayWrite = computed(() => isMember.value && log.membership.value.rightsOf(myUser).canWrite && !log.membership.value.mutes.has(myUser))
  return {
    standing: computed(() => {
      const { members, bans, departed } = log.membership.value
      if (isMember.value) return 'member'
      if (members.has(myUser)) return 'revoked'
      return bans.has(myUser) ? 'banned' : departed.get(myUser) ?? 'removed'
    }),
    mayWrite,
    maySend: computed(() => mayWrite.value && isOver(nextSendAt.value)),
    mayDelete: computed(() => {
      const membership = log.membership.value
      const rights = membership.rightsOf(myUser)
      return (user: UserKey) => isMember.value && (membership.members.has(user) ? rights.mayActOn(user) : rights.canModerate)
    })
  }
}

/** Who is banned, as they are called here. */
export function createBans (log: RoomLog, naming: ReadonlySignal<Naming>, myUser: UserKey): Room['bans'] {
  return computed(() => {
    const rights = log.membership.value.rightsOf(myUser)
    return [...log.membership.value.bans.keys()].map((user) => {
      const { text: name, mark: nameMark } = naming.value.of(user)
      return { user, name, nameMark, canUnban: rights.mayUnban(user) }
    })
  })
}

async function setRole (log: RoomLog, user: UserKey, role: Role, allowed: readonly Role[]): Promise<void> {
  if (!allowed.includes(role)) throw new ParleyError('not-allowed')
  await log.writeOperation({ type: 'role', user, role, cuts: cutsOf(log, user) })
  // RULE: a device that somebody has put out does nothing by a role that stands above them: who gives that role puts it out too.
  if (rankOf(role) > rankOf('moderator')) await putOutAgain(log, user)
}


function readName (text: string): string {
  const name = text.trim().replaceAll(/\s+/g, ' ')
  if (!isCleanName(name) || name.length > ROOM_NAME_MAX_CHARS) throw new ParleyError('room-name-malformed', { details: { maxChars: ROOM_NAME_MAX_CHARS } })
  return name
}

function readTopic (text: string): string {
  const topic = text.trim().replaceAll(/\s+/g, ' ')
  if ((topic !== '' && !isCleanName(topic)) || topic.length > ROOM_TOPIC_MAX_CHARS) {
    throw new ParleyError('room-name-malformed', { details: { maxChars: ROOM_TOPIC_MAX_CHARS } })
  }
  return topic
}
