/** What has changed about an action on others between asking for it and writing it. */
import type { UserKey } from '#shared/ids.ts'
import type { RoomPolicy } from '../../settings/facet.ts'
import type { ActionChange, AuthorityAction } from './facet.ts'
import type { ActionContext } from '../../../store/index.ts'
import type { Membership } from '../../membership/membership.ts'
import { broughtInBy, invitedIn } from '../guests.ts'

type Known = Pick<Membership,
  'members' | 'mutes' | 'bans' | 'policy' | 'invites' | 'kind' | 'departedBy' | 'rightsOf'>

/**
 * Whether others may have acted meanwhile without this device knowing.
 * RULE: nobody has to be asked in a room of one's own, and in a conversation of two nobody has authority.
 */
export const mustCatchUp = ({ kind, members }: Pick<Known, 'kind' | 'members'>, myUser: UserKey): boolean =>
  kind !== 'direct' && [...members.keys()].some((user) => user !== myUser)

/**
 * Whether an action needs fresh heads.
 * RULE: what is one's own goes at once: one's own messages and links.
 */
export const isOnOthers = (action: AuthorityAction, myUser: UserKey): boolean =>
  action.type === 'policy' || action.user !== myUser

/** What is known now of the one whom an action is on, or of the room. */
export function contextOf (action: AuthorityAction, membership: Known): ActionContext {
  const user = action.type === 'policy' ? null : action.user
  return {
    role: user === null ? null : membership.members.get(user)?.role ?? null,
    mutedUntil: user === null ? null : membership.mutes.get(user) ?? null,
    isBanned: user !== null && membership.bans.has(user),
    guests: action.type === 'kick' || action.type === 'ban' ? broughtInBy(action.user, invitedIn(membership)) : [],
    policy: membership.policy,
    uses: action.type === 'revoke-invite' ? membership.invites.get(action.inviteId)?.uses ?? 0 : 0
  }
}

/** Whether somebody may do it by what is known now; whether it still makes sense is another question. */
export function mayDo (action: AuthorityAction, membership: Known, myUser: UserKey): boolean {
  const rights = membership.rightsOf(myUser)
  const isIn = action.type !== 'policy' && membership.members.has(action.user)
  switch (action.type) {
    case 'kick': return rights.mayKick(action.user)
    case 'ban': return isIn ? rights.mayKick(action.user) : rights.canModerate && !membership.bans.has(action.user)
    case 'mute': return rights.mayActOn(action.user)
    case 'role': return rights.rolesFor(action.user).includes(action.role)
    case 'unban': return rights.canModerate && rights.mayUnban(action.user)
    case 'offer-room': return rights.canHandOver && action.user !== myUser && isIn
    case 'policy': return rights.canChangePolicy ||
      (rights.canModerate && fieldsOf(action.change).every((field) => field === 'slowModeMs'))
    case 'revoke-invite': return action.user === myUser || rights.canModerate
    case 'delete-message': return action.user === myUser || (isIn ? rights.mayActOn(action.user) : rights.canModerate)
  }
}

/**
 * Returns what somebody is told before they say yes once more, what matters most first.
 * @param now Unix ms
 */
export function changesOf (
  action: AuthorityAction, then: ActionContext, membership: Known, { myUser, now }: { myUser: UserKey, now: number }
): ActionChange<UserKey>[] {
  const current = contextOf(action, membership)
  if (isDone(action, current, membership)) return [{ type: 'done' }]
  const changes: ActionChange<UserKey>[] = []
  const isGone = action.type !== 'policy' && then.role !== null && current.role === null
  if (isGone) {
    const by = membership.departedBy.get(action.user) ?? null
    changes.push({ type: 'gone', by: by === action.user ? null : by, isBan: current.isBanned })
  }
  switch (action.type) {
    case 'kick':
    case 'ban': {
      const people = current.guests.filter((user) => !then.guests.includes(user))
      if (people.length > 0) changes.push({ type: 'came-in', people })
      break
    }
    case 'mute':
      if (action.until !== null && action.until <= now) changes.push({ type: 'expired' })
      else if (!isGone && then.mutedUntil !== current.mutedUntil) {
        changes.push({ type: 'muted', until: current.mutedUntil })
      }
      break
    case 'policy':
      if (fieldsOf(action.change).some((field) => then.policy[field] !== current.policy[field])) {
        changes.push({ type: 'policy' })
      }
      break
    case 'revoke-invite':
      if (current.uses > then.uses) changes.push({ type: 'used', count: current.uses - then.uses })
      break
    default:
  }
  const isOnMember = action.type !== 'revoke-invite' && action.type !== 'delete-message'
  if (isOnMember && current.role !== null && current.role !== then.role) {
    changes.push({ type: 'role', role: current.role })
  }
  if (!mayDo(action, membership, myUser) && !isGone) changes.push({ type: 'not-allowed' })
  return changes
}

/** Whether it can't be done any more. */
export function isOver (
  action: AuthorityAction, changes: readonly ActionChange<unknown>[], membership: Known, myUser: UserKey
): boolean {
  return changes.some(({ type }) => type === 'done' || type === 'expired') || !mayDo(action, membership, myUser)
}

function isDone (action: AuthorityAction, current: ActionContext, membership: Known): boolean {
  switch (action.type) {
    case 'mute': return current.role !== null && action.until === current.mutedUntil
    case 'role': return current.role === action.role
    case 'unban': return !current.isBanned
    case 'policy':
      return fieldsOf(action.change).every((field) => action.change[field] === current.policy[field])
    case 'revoke-invite': return membership.invites.get(action.inviteId)?.isRevoked !== false
    default: return false
  }
}

const fieldsOf = (change: Partial<RoomPolicy>): (keyof RoomPolicy)[] =>
  Object.keys(change) as (keyof RoomPolicy)[]

/** Whether two actions are about the same: then the later replaces the earlier. */
export function isAboutSame (a: AuthorityAction, b: AuthorityAction): boolean {
  const subjects = subjectsOf(a)
  return subjectsOf(b).some((subject) => subjects.includes(subject))
}

function subjectsOf (action: AuthorityAction): string[] {
  switch (action.type) {
    case 'policy': return fieldsOf(action.change).map((field) => `policy ${field}`)
    case 'revoke-invite': return [`link ${action.inviteId}`]
    case 'delete-message': return [`message ${action.messageId}`]
    case 'kick':
    case 'ban': return [`out ${action.user}`]
    default: return [`${action.type} ${action.user}`]
  }
}
