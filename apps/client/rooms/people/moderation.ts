/** What people with a role may do to others in a room, each null where the role does not allow it. */
import { computed, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { UserKey } from '#shared/ids.ts'
import type { Role } from '../../api.ts'
import { putOutAgain } from '../entry/device-admission.ts'
import type { RoomLog } from '../log/room-log.ts'
import { rankOf } from '../membership/operations.ts'
import type { Membership } from '../membership/resolve.ts'
import { cutsOf } from './cuts.ts'
import type { MemberActions, RoomPeople } from './facet.ts'
import { offerRoom } from './handing-over.ts'
import { muteEndOf } from './members.ts'
import type { Naming } from './naming.ts'

export interface ModerationOptions {
  log: RoomLog
  myUser: UserKey
  /** This device is in the room, for its person. */
  isMember: ReadonlySignal<boolean>
}

export function createModeration ({ log, myUser, isMember }: ModerationOptions): Pick<RoomPeople, 'actions' | 'unban' | 'mutedUntil'> {
  const rights = computed(() => log.membership.value.rightsOf(myUser))

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

  const unban = async (user: UserKey): Promise<void> => {
    if (!rights.peek().mayUnban(user)) throw new ParleyError('not-allowed')
    await log.writeOperation({ type: 'unban', user })
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
    actions: computed(() => {
      const others = [...log.membership.value.members.keys()].filter((user) => user !== myUser)
      const invited = invitedIn(log.membership.value)
      return new Map(isMember.value ? others.map((user) => [user, actionsOn(user, rights.value, invited)]) : [])
    }),
    unban: computed(() => isMember.value && rights.value.canModerate ? unban : null),
    mutedUntil: computed(() => muteEndOf(log.membership.value, myUser))
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

/** Who is banned, as they are called here. */
export function createBans (log: RoomLog, naming: ReadonlySignal<Naming>, myUser: UserKey): RoomPeople['bans'] {
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
