/** What a person may do in a room now: shown by the UI. What every peer enforces is decided in `law/judge.ts`, by the same comparisons. */
import type { UserKey } from '#shared/ids.ts'
import { mayInvite } from './law/admission.ts'
import { CREATOR, isPresent, isStrictlyBelow, levelOf, mayGive, rankAt, strengthOf, type Level } from './law/level.ts'
import { ROLES, type Role, type RoomPolicy } from './operations.ts'

export interface Rights {
  /** Null for who is no member. */
  role: Role | null
  /** Without regard to being muted. */
  canWrite: boolean
  /** The roles an invitation of theirs may give; empty when they may not invite. */
  inviteRoles: readonly Role[]
  /** Letting people in by an open invitation; with approval, for those who wait. */
  canAdmit: boolean
  canApprove: boolean
  /** Slow mode, bans of people who are not there, lifting bans. */
  canModerate: boolean
  /** Name, topic, party rooms. */
  canAdminister: boolean
  /** All of the policy. */
  canChangePolicy: boolean
  /** Whether they may kick, ban, mute somebody and delete their messages. */
  mayActOn(target: UserKey): boolean
  mayKick(target: UserKey): boolean
  /** A ban is lifted by nobody of lower authority than who banned. */
  mayUnban(target: UserKey): boolean
  /** Whether the room is theirs to hand over. */
  canHandOver: boolean
  /** The roles they may give somebody, without the one they have. */
  rolesFor(target: UserKey): readonly Role[]
}

export function rightsOf ({ user, level, levelOf: levelOfUser, bannedBy, policy, isDirect }: {
  user: UserKey, level: Level, bannedBy: (target: UserKey) => readonly Level[], levelOf: (target: UserKey) => Level, policy: RoomPolicy, isDirect: boolean
}): Rights {
  const rank = isPresent(level) ? rankAt(level) : -1
  const group = (isAllowed: boolean): boolean => isAllowed && !isDirect
  const mayStrike = (target: UserKey): boolean => {
    const targetLevel = levelOfUser(target)
    return group(rank >= 2 && target !== user && isPresent(targetLevel) && isStrictlyBelow(targetLevel, level))
  }
  return {
    role: ROLES[rank] ?? null,
    canWrite: rank >= 1,
    inviteRoles: group(rank >= (policy.invites === 'members' ? 1 : 2)) ? ROLES.filter((role) => role !== 'owner' && mayInvite(level, levelOf(role))) : [],
    canAdmit: rank >= 1,
    canApprove: group(rank >= 2),
    canModerate: group(rank >= 2),
    canAdminister: group(rank >= 3),
    canHandOver: group(level === CREATOR),
    canChangePolicy: rank >= (isDirect ? 1 : 3),
    mayActOn: mayStrike,
    mayKick: mayStrike,
    mayUnban: (target) => group(rank >= 2) && bannedBy(target).every((by) => by <= level),
    rolesFor: (target) => group(rank >= 3 && isPresent(levelOfUser(target))) ? ROLES.filter((role) => isOffered(role, { level, target: levelOfUser(target), isSelf: target === user })) : []
  }
}

/** RULE: roles are given to those below, and one's own is only ever lowered. The UI offers neither the creator's nor what changes nothing. */
function isOffered (role: Role, { level, target, isSelf }: { level: Level, target: Level, isSelf: boolean }): boolean {
  if (ROLES[rankAt(target)] === role) return false
  if (isSelf) return role !== 'owner' && level !== CREATOR && levelOf(role) < strengthOf(level)
  return isStrictlyBelow(target, level) && mayGive(level, role)
}
