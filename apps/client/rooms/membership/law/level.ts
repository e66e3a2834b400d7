/**
 * Levels: authority as one number, so that "strictly above" is a comparison. The creator stands above the owners, each owner above those
 * who became owners later, and these above admins, moderators, members and observers. Between a role and the next higher one stand, from
 * above: admissions that give the role, what its people do to themselves, the heirs of a room without owner.
 *
 * What lets somebody in, or raises them, stands above everything that they do then. So whatever an operation rests on has been decided
 * before it is judged.
 */
import type { Role } from '../../../api.ts'
import { rankOf } from '../operations.ts'

export type Level = number

/** More than twenty times the positions there can be: what is taken off for seniority leads nowhere near the next lower step. */
const UNIT = 2 ** 31
export const SENIORITY_SPAN = UNIT / 20

/** Of somebody who is not in the room. */
export const NOBODY: Level = -UNIT
export const CREATOR: Level = 5 * UNIT
export const OWNER: Level = 4 * UNIT

export const levelOf = (role: Exclude<Role, 'owner'>): Level => rankOf(role) * UNIT
export const OBSERVER = levelOf('observer'), MEMBER = levelOf('member'), MODERATOR = levelOf('moderator'), ADMIN = levelOf('admin')

const ADMISSION = 0.9 * UNIT, OWN_DEVICE = 0.87 * UNIT, SELF = 0.85 * UNIT, OWN_DEVICE_LATE = 0.83 * UNIT, HEIR = 0.75 * UNIT, NAMED_BY_HEIR = 0.7 * UNIT, LATE_ADMISSION = 0.6 * UNIT
/** Where somebody has a level for themselves: above their other acts stand those upon themselves, and as an heir. Levels are at least 1 apart. */
export const OWN_DEVICE_STEP = 0.6, SELF_STEP = 0.5, OWN_DEVICE_LATE_STEP = 0.4, HEIR_STEP = 0.3
const NAMED_BY_JUNIOR = 0.2

/** The role of a level, without what stands between the roles. */
const stepBelow = (level: Level): Level => Math.floor(level / UNIT) * UNIT
const isIn = (level: Level, from: Level, to: Level): boolean => level > from && level < to

/** The creator, and owners by grace of the creator or one another. */
export const isOwner = (level: Level): boolean => level > OWNER - SENIORITY_SPAN
/** Owners that an heir named. */
export const isNamedByHeir = (level: Level): boolean => !isOwner(level) && isIn(level - stepBelow(level), NAMED_BY_HEIR - SENIORITY_SPAN, NAMED_BY_HEIR + 1)
/** Below others of the role, and one below the other, because what let them in stands below what these do to themselves. */
export const isJunior = (level: Level): boolean => !isOwner(level) && level - stepBelow(level) > UNIT - SENIORITY_SPAN
const hasOwnLevel = (level: Level): boolean => isOwner(level) || isNamedByHeir(level) || isJunior(level)
const isJuniorOwner = (level: Level): boolean => isJunior(level) && level - Math.floor(level) > NAMED_BY_JUNIOR / 2 && level - Math.floor(level) < SELF_STEP
/** Owners of any kind, the creator, and the heir of a room that has none. */
export const hasOwnerRights = (level: Level): boolean =>
  isOwner(level) || isIn(level - stepBelow(level), NAMED_BY_HEIR - SENIORITY_SPAN, HEIR + 1) || isJuniorOwner(level)

/** For comparing people: juniors are as strong as others of their role. */
export const strengthOf = (level: Level): Level => isJunior(level) && !isJuniorOwner(level) ? stepBelow(level) + UNIT : level
/** Whether somebody may be struck. Among juniors alone their order counts: there is nobody above them. */
export const isStrictlyBelow = (target: Level, authority: Level): boolean =>
  isJuniorOwner(authority) ? target < authority : strengthOf(target) < strengthOf(authority)
export const isPresent = (level: Level): boolean => level > NOBODY / 2
/** RULE: owners give any role, admins roles below their own. Nobody is raised above who raises them, and the heir of a room of members is one. */
export const mayGive = (by: Level, role: Role): boolean => hasOwnerRights(by)
  ? role === 'owner' || levelOf(role) < strengthOf(by)
  : rankAt(by) >= 3 && role !== 'owner' && levelOf(role) < ADMIN
/** As `rankOf` a role; below 0 for nobody. */
export const rankAt = (level: Level): number => hasOwnerRights(level) ? 4 : Math.floor(strengthOf(level) / UNIT)

/** What an admission or a grant gives. @param by level of that operation @param at its position */
export const givenLevel = (role: Level, by: Level, at: number): Level => by >= role + ADMISSION ? role : role - at
/** Of an owner by the position of the grant. @param heir level of the heir or their like who made them owner; null where an owner did */
export function ownerLevel (at: number, heir: Level | null): Level {
  if (heir === null) return OWNER - at
  return isJunior(heir) ? stepBelow(heir) + UNIT - at + NAMED_BY_JUNIOR : stepBelow(heir) + NAMED_BY_HEIR - at
}
/** The heir: above all others of their role. @param afterGrant position of the last owner named by an heir; null for none */
export function heirLevel (level: Level, afterGrant: number | null): Level {
  if (isJunior(level)) return level + HEIR_STEP
  return afterGrant === null ? level + HEIR : level + NAMED_BY_HEIR - afterGrant - 0.1
}
/** Whether something stands above all heirs of those with this role, and whom they name. */
export const precedesHeirs = (level: Level, of: Level): boolean => level >= stepBelow(of) + OWN_DEVICE_LATE
/** Whether something was done by an heir among those with this role, or by whom they named. */
export const isOfHeirs = (level: Level, of: Level): boolean => !hasOwnLevel(of) && level > stepBelow(of) && !precedesHeirs(level, of)
/** The role of those among whom an heir, or an owner named by one, was found. */
export const roleOfHeir = stepBelow

/** Of an admission; at most that of who made the link. @param isRevoked somebody says so, of the link or the person, and is to be heard first */
export const admissionLevel = (role: Level, maker: Level, isRevoked: boolean): Level => Math.min(role + (isRevoked ? LATE_ADMISSION : ADMISSION), maker)

/** Without what stands for an heir. */
const baseOf = (level: Level): Level => isJuniorOwner(level) ? Math.floor(level) : level

/** What somebody does to themselves: leaving, stepping down, handing over. It binds what else they do. */
export const selfLevel = (level: Level): Level => hasOwnLevel(level) ? baseOf(level) + SELF_STEP : stepBelow(level) + SELF
/** Putting out a device of one's own: it binds what that device does, also that it leaves for its person, but where its author knew of that. */
export const ownDeviceLevel = (level: Level, isLate: boolean): Level => hasOwnLevel(level)
  ? baseOf(level) + (isLate ? OWN_DEVICE_LATE_STEP : OWN_DEVICE_STEP)
  : stepBelow(level) + (isLate ? OWN_DEVICE_LATE : OWN_DEVICE)

/** The levels around each role in the order of judging, from the highest on. */
export const ROLE_LEVELS = [ADMIN, MODERATOR, MEMBER, OBSERVER].map((role) => ({
  role,
  above: [role + ADMISSION, role + OWN_DEVICE, role + SELF, role + OWN_DEVICE_LATE],
  /** Heirs, whom they name, and late admissions stand below this. */
  heirsBelow: role + OWN_DEVICE_LATE
}))
