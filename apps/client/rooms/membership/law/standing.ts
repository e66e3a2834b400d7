/** Where somebody stands in a past, by what counts of it: whether they are in, as what, and whether they are the heir. */
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import { DEFAULT_POLICY } from '../operations.ts'
import type { RoomPolicy } from '../../../api.ts'
import type { Facts, RoleFact } from './facts.ts'
import { inPast, isIn, type LawGraph, type Past, type Scope } from './graph.ts'
import { CREATOR, hasOwnerRights, heirLevel, isJunior, isOfHeirs, isPresent, NOBODY, OWNER, rankAt, roleOfHeir, SENIORITY_SPAN, strengthOf, type Level } from './level.ts'
import type { Subjects } from './subjects.ts'
import type { Admissions } from './admission.ts'

export interface Standing {
  /** `NOBODY` for who is not in the room. Without regard to heirs. */
  levelOf(user: UserKey, scope: Scope): Level
  /** The level of a device's person, where the device may act for them. */
  levelOfDevice(user: UserKey, device: DeviceKey, scope: Scope): Level
  /** The heir in a past, with their level; null where there is an owner, or nobody to inherit. */
  heirIn(past: Past): { user: UserKey, level: Level } | null
  policyIn(past: Past): RoomPolicy
  /** Bans that nobody has lifted who may. */
  bansOn(user: UserKey, past: Past): number[]
  /** What lets somebody in, in a scope: admissions, and roles given with an admission in their past. */
  entriesOf(user: UserKey, scope: Scope): RoleFact[]
}

export interface Law { graph: LawGraph, subjects: Subjects, facts: Facts }

/** Those that none of the others knows: what knows these knows all. */
function newestAmong (graph: LawGraph, positions: readonly number[]): number[] {
  const newest: number[] = []
  for (const at of positions.toSorted((a, b) => b - a)) if (!newest.some((later) => graph.knows(later, at))) newest.push(at)
  return newest
}

/** Which of these are in a scope, as a key. */
function knownOf (scope: Scope, positions: readonly number[], those: readonly { at: number }[]): string {
  let known = ''
  for (const at of positions) known += scope(at) ? '1' : '0'
  for (const { at } of those) known += scope(at) ? '1' : '0'
  return known
}

export function createStanding ({ graph, subjects, facts }: Law, admissions: Admissions): Standing {
  /** RULE: a role given confirms an admission in its past against authority that is not above that of who gives it. */
  const confirms = (user: UserKey, fact: RoleFact): boolean => {
    const known = confirmed.get(fact)
    if (known !== undefined) return known
    const isConfirmed = subjects.admissionsOf(user).some((admission) => graph.knows(fact.at, admission) && !admissions.isUndone(admission, facts.levelAt(fact.at)))
    confirmed.set(fact, isConfirmed)
    return isConfirmed
  }
  const confirmed = new Map<RoleFact, boolean>()

  /** RULE: a removal that somebody knows of no lower authority, who then gives its target a role, is lifted by that. */
  const lifts = ({ at, isAdmission, value }: RoleFact, out: number, held: Level): boolean => !isAdmission && (graph.knows(at, out)
    ? facts.levelAt(at) >= facts.levelAt(out)
    // RULE: of leaving and being raised above who left, at the same moment, being raised holds: they may leave once more. Nobody rises by leaving.
    : !graph.knows(out, at) && facts.levelAt(out) < value && value <= held)
  /** What somebody has been made, without regard to leaving. */
  const heldBy = (given: readonly RoleFact[]): Level => newestOf(given)?.value ?? NOBODY

  /** Positions of putting out a device that somebody left with. */
  const burnsOfLeaver = (leave: number, user: UserKey): number[] => {
    const device = graph.ordered[leave]?.device
    return device === undefined ? [] : [...facts.burnsOf(device), ...subjects.ownBurnsOf(device, user)]
  }
  /** RULE: a device that was put out has not left for its person beside that, whoever names it. */
  const isOfDevicePutOut = (leave: number, user: UserKey, scope: Scope): boolean => burnsOfLeaver(leave, user).some((burn) => scope(burn) && !graph.knows(burn, leave))
  /** RULE: someone who left and was let in again starts over and keeps no earlier role. Whether the leaving counts is not asked. */
  const returnsOf = (user: UserKey, scope: Scope): number[] => newestAmong(graph, subjects.returnedFrom(user).filter((leave) => scope(leave) &&
    subjects.admissionsOf(user).some((admission) => scope(admission) && graph.knows(admission, leave)) && !isOfDevicePutOut(leave, user, scope)))

  const entriesOf = (user: UserKey, scope: Scope, outs: readonly number[] = facts.outsOf(user).filter(scope)): RoleFact[] => {
    const roles = facts.rolesOf(user)
    const returned = returnsOf(user, scope)
    const known = roles.filter(({ at }) => scope(at) && returned.every((leave) => graph.knows(at, leave)))
    if (outs.length === 0) return known.filter((fact) => fact.isAdmission || confirms(user, fact))
    const proofs = subjects.admissionsOf(user)
    const given = known.filter(({ isAdmission }) => !isAdmission)
    const held = heldBy(given)
    const entries = known.filter((fact) => fact.isAdmission
      ? outs.every((out) => graph.knows(fact.at, out))
      : confirms(user, fact) && outs.every((out) => lifts(fact, out, held) || proofs.some((admission) => graph.knows(admission, out) && graph.knows(fact.at, admission))))
    // What is given to somebody who is in holds as long as they are.
    return entries.length === 0 || given.length === 0 ? entries : known.filter((fact) => entries.includes(fact) ||
      (!fact.isAdmission && entries.some(({ at }) => graph.knows(fact.at, at))))
  }

  /**
   * RULE: what knows the others replaces them. Of those at the same moment the highest authority's holds, then what takes more away, then the
   * later; what is below replaces only by knowing what holds among those above.
   */
  const newestOf = <T extends { at: number, value?: Level }>(candidates: readonly T[]): T | undefined => {
    let newest = candidates.length === 1 ? candidates[0] : undefined
    if (candidates.length < 2) return newest
    const byLevel = Map.groupBy(candidates, ({ at }) => facts.levelAt(at))
    for (const level of [...byLevel.keys()].sort((a, b) => b - a)) {
      const fitting = (byLevel.get(level) ?? []).filter(({ at }) => newest === undefined || graph.knows(at, newest.at)).sort((a, b) => b.at - a.at)
      newest = fitting.toSorted((a, b) => (a.value ?? 0) - (b.value ?? 0) || b.at - a.at)
        .find((one) => !fitting.some((other) => other.at > one.at && graph.knows(other.at, one.at))) ?? newest
    }
    return newest
  }

  const levelOfEntries = (entries: readonly RoleFact[]): Level => {
    if (entries.length === 0) return NOBODY
    const given = entries.filter(({ isAdmission }) => !isAdmission)
    // RULE: who is in is lowered by no link. Of the links by which somebody came, the best holds until somebody gives them a role.
    if (given.length === 0) return Math.max(...entries.map(({ value }) => value))
    const newest = newestOf(given)
    if (newest === undefined || newest.value === CREATOR) return newest?.value ?? NOBODY
    // RULE: seniority is that of the earliest grant since the last time one had another role.
    const isSame = ({ value }: RoleFact): boolean => hasOwnerRights(newest.value)
      ? hasOwnerRights(value) && value !== CREATOR
      : strengthOf(value) === strengthOf(newest.value)
    const others = given.filter((fact) => !isSame(fact) && graph.knows(newest.at, fact.at))
    return Math.max(newest.value, ...given.filter((fact) => isSame(fact) && others.every(({ at }) => graph.knows(fact.at, at)))
      .map(({ value }) => value))
  }

  /** RULE: who was removed by an heir and let in again is no more than they were before: what stands above the heir has been decided by then. */
  const levelByEntries = (user: UserKey, scope: Scope): Level => {
    const level = levelOfEntries(entriesOf(user, scope))
    const outs = facts.outsOf(user).filter(scope), others = outs.filter((out) => !isOfHeirs(facts.levelAt(out), level))
    return !isPresent(level) || others.length === outs.length ? level : Math.min(level, levelOfEntries(entriesOf(user, scope, others)))
  }

  /** What was found for the same facts about somebody: few pasts differ in what they know of one person. */
  const remembered = new Map<string, { version: number, levels: Map<string, Level> }>()
  const remember = (about: string, user: UserKey, known: string, find: () => Level): Level => {
    const version = facts.versionOf(user).count
    let memory = remembered.get(about)
    if (memory?.version !== version) remembered.set(about, memory = { version, levels: new Map() })
    const level = memory.levels.get(known) ?? find()
    memory.levels.set(known, level)
    return level
  }

  /** Where anything stands, but for roles, that somebody's level depends on: until the next fact about them. */
  const bearings = new Map<UserKey, { version: number, positions: readonly number[] }>()
  const bearingsOf = (user: UserKey): readonly number[] => {
    const version = facts.versionOf(user).count
    const known = bearings.get(user)
    if (known?.version === version) return known.positions
    const burns = new Set(subjects.returnedFrom(user).flatMap((leave) => burnsOfLeaver(leave, user)))
    const positions = [...facts.outsOf(user), ...subjects.leavesOf(user), ...burns, ...subjects.admissionsOf(user)]
    bearings.set(user, { version, positions })
    return positions
  }

  const levelIn = (user: UserKey, scope: Scope): Level => {
    const roles = facts.rolesOf(user), outs = facts.outsOf(user)
    const [only] = roles
    if (only === undefined) return NOBODY
    if (roles.length === 1 && outs.length === 0 && only.isAdmission && subjects.leavesOf(user).length === 0) return scope(only.at) ? only.value : NOBODY
    return remember(user, user, knownOf(scope, bearingsOf(user), roles), () => levelByEntries(user, scope))
  }

  /** RULE: a device acts for the person who vouches for it, from after their last removal on, and not once it was revoked. */
  const mayAct = (user: UserKey, device: DeviceKey, scope: Scope): boolean => {
    if (subjects.holderOf(device, scope) !== user || subjects.isPutOut(device, user, scope)) return false
    const burns = facts.burnsOf(device), outs = facts.outsOf(user)
    if (burns.length === 0 && outs.length === 0) return true
    const known = `${knownOf(scope, burns, facts.rolesOf(user))}/${knownOf(scope, outs, subjects.recordsOf(device))}`
    return remember(device, user, known, () => isActing(user, device, scope) ? 1 : 0) === 1
  }

  const isActing = (user: UserKey, device: DeviceKey, scope: Scope): boolean => {
    if (facts.burnsOf(device).some(scope)) return false
    const grants = facts.rolesOf(user).filter((fact) => !fact.isAdmission && scope(fact.at))
    const held = heldBy(grants)
    const outs = facts.outsOf(user).filter((out) => scope(out) && !grants.some((grant) => lifts(grant, out, held)))
    return subjects.recordsOf(device).some(({ at, user: holder }) => holder === user && scope(at) && outs.every((out) => graph.knows(at, out)))
  }

  const heirIn = (past: Past): { user: UserKey, level: Level } | null => {
    const scope = inPast(past)
    for (const user of facts.owners) if (levelIn(user, scope) >= OWNER - SENIORITY_SPAN) return null
    // RULE: the highest who is there is the owner, also where nobody has named them one; of equals who came first.
    let best: { user: UserKey, level: Level, since: number } | null = null
    for (const user of subjects.users) {
      const level = levelIn(user, scope)
      if (!isPresent(level) || level < (best?.level ?? level)) continue
      const since = Math.min(...entriesOf(user, scope).filter(({ value }) => value === level).map(({ at }) => at))
      if (best === null || level > best.level || since < best.since) best = { user, level, since }
    }
    if (best === null || hasOwnerRights(best.level)) return null
    const { user, level } = best
    const grants = [...facts.owners].flatMap((owner) => facts.rolesOf(owner))
      .filter(({ at, value }) => scope(at) && hasOwnerRights(value) && !isJunior(value) && roleOfHeir(value) === level)
    return { user, level: heirLevel(level, grants.length === 0 ? null : Math.max(...grants.map(({ at }) => at))) }
  }

  return {
    levelOf: levelIn,
    levelOfDevice: (user, device, scope) => mayAct(user, device, scope) ? levelIn(user, scope) : NOBODY,
    heirIn,
    entriesOf,
    policyIn (past) {
      const known = facts.policies.filter(({ at }) => isIn(past, at))
      const newest = newestOf(known)?.policy ?? DEFAULT_POLICY
      // RULE: of what moderators decree nothing holds but how slow the room is, whatever they took the rest for.
      const whole = newestOf(known.filter(({ at }) => rankAt(facts.authorityAt(at)) !== 2))?.policy ?? DEFAULT_POLICY
      return { ...whole, slowModeMs: newest.slowModeMs }
    },
    bansOn (user, past) {
      const known = facts.bansOf(user).filter((at) => isIn(past, at))
      if (known.length === 0) return known
      const isLift = (at: number): boolean => graph.ordered[at]?.act.type === 'unban'
      const given = facts.rolesOf(user).filter(({ at, isAdmission }) => !isAdmission && isIn(past, at)).map(({ at }) => at)
      // RULE: a ban is lifted by an act that knows of it, of no lower authority.
      const lifts = [...known.filter(isLift), ...given]
      // So does an admission by the link of somebody above who banned.
      const admitted = facts.rolesOf(user).filter(({ at, isAdmission }) => isAdmission && isIn(past, at)).map(({ at }) => at)
      return known.filter((ban) => !isLift(ban) && !lifts.some((lift) => graph.knows(lift, ban) && facts.authorityAt(lift) >= facts.authorityAt(ban)) &&
        !admitted.some((admission) => graph.knows(admission, ban) && facts.levelAt(admission) > facts.levelAt(ban)))
    }
  }
}

