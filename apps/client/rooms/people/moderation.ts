/** What people with a role may do to others in a room, each null where the role does not allow it. */
import { computed, type ReadonlySignal } from '@preact/signals-core'
import type { UserKey } from '#shared/ids.ts'
import type { RoomLog } from '../log/room-log.ts'
import type { Membership } from '../membership/resolve.ts'
import type { AuthorityAction } from './actions/facet.ts'
import type { MemberActions, RoomPeople } from './facet.ts'
import { broughtInBy, invitedIn } from './guests.ts'
import { muteEndOf } from './members.ts'
import type { Naming } from './naming.ts'

export interface ModerationOptions {
  log: Pick<RoomLog, 'membership'>
  myUser: UserKey
  /** This device is in the room, for its person. */
  isMember: ReadonlySignal<boolean>
  /** Writes an action on others, or keeps it until this device has caught up. */
  act: (action: AuthorityAction) => Promise<void>
}

export function createModeration ({ log, myUser, isMember, act }: ModerationOptions): Pick<RoomPeople, 'actions' | 'unban' | 'mutedUntil'> {
  const rights = computed(() => log.membership.value.rightsOf(myUser))

  const actionsOn = (user: UserKey, now: ReturnType<Membership['rightsOf']>, invited: ReadonlyMap<UserKey | null, readonly UserKey[]>): MemberActions => {
    const roles = now.rolesFor(user)
    return {
      kick: now.mayKick(user) ? async (also = []) => await act({ type: 'kick', user, also: [...also] }) : null,
      ban: now.mayKick(user) ? async (also = []) => await act({ type: 'ban', user, also: [...also] }) : null,
      broughtIn: now.mayKick(user) ? broughtInBy(user, invited).filter((other) => now.mayKick(other)) : [],
      mute: now.mayActOn(user) ? async (until) => await act({ type: 'mute', user, until }) : null,
      roles,
      offerRoom: now.canHandOver ? async () => await act({ type: 'offer-room', user }) : null,
      setRole: roles.length === 0 ? null : async (role) => await act({ type: 'role', user, role })
    }
  }
  const unban = async (user: UserKey): Promise<void> => await act({ type: 'unban', user })

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
