/**
 * The rules that decide whether one operation counts: the right in its own past, by what counts of it, and what higher authority did
 * without its knowledge. Looks at no operation of its own level or below, but for those in its past.
 */
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import type { RoomPolicy } from '../../../api.ts'
import { createAdmissions, mayInvite } from './admission.ts'
import { inPast, isIn, type Past, type Scope } from './graph.ts'
import type { Verdict } from './facts.ts'
import {
  admissionLevel, CREATOR, hasOwnerRights, isNamedByHeir, isOwner, isPresent, isStrictlyBelow, levelOf, mayGive, NOBODY, ownDeviceLevel, precedesHeirs, rankAt, selfLevel, strengthOf, type Level
} from './level.ts'
import type { Act, LawOperation } from './operation.ts'
import { createStanding, type Law, type Standing } from './standing.ts'

export interface Judge {
  /** Where an operation stands by what is known to count so far; does not say whether it counts. */
  place(at: number): { level: Level, authority: Level }
  /** @param place as found by `place` */
  counts(at: number, place: { level: Level, authority: Level }): boolean
  /** Whom the place of an operation depends on: its author, or who made the invitation. */
  subjectOf(at: number): UserKey | null
  /** Whether its author does it to themselves: leaving, stepping down, handing over, putting out a device of theirs. */
  isUponSelf(at: number): boolean
  /** Whether its place may be that of an heir. */
  isForHeirs(at: number): boolean
  readonly standing: Standing
}

export type Place = Omit<Verdict, 'counts'>

/** A conversation of two has no ranks to use on each other. */
const IN_DIRECT_ROOMS: ReadonlySet<Act['type']> = new Set<Act['type']>(['create', 'add', 'adddev', 'rmdev', 'leave', 'policy', 'own'])
/** What takes an heir's place to be done. */
const OF_HEIRS: ReadonlySet<Act['type']> = new Set<Act['type']>(['rmdev', 'remove', 'unban', 'role', 'mute', 'invite', 'revoke-invite', 'policy', 'administer'])
/** Nothing is taken away by what these find closed. */
const NOWHERE = { level: NOBODY, authority: NOBODY }

export function createJudge (law: Law): Judge {
  const { graph, subjects, facts } = law
  const admissions = createAdmissions(graph, subjects, facts)
  const standing = createStanding(law, admissions)
  const createAct = graph.ordered[0]?.act
  const isDirect = createAct?.type === 'create' && createAct.kind === 'direct'

  /** Authority by an operation's own past. */
  const authorityOf = (at: number, operation: LawOperation, author: UserKey): Level => {
    const past = graph.pastOf(at)
    // A device may bring its own certificate; what else an operation does is not in force for itself.
    const scope = (other: number): boolean => isIn(past, other) && (other !== at || operation.act.type === 'adddev')
    const level = standing.levelOfDevice(author, operation.device, scope)
    if (isUponOneself(at, operation, author)) return ownAuthority(author, scope, level)
    if (!isPresent(level) || hasOwnerRights(level) || isDirect || !OF_HEIRS.has(operation.act.type)) return level
    const heir = standing.heirIn(graph.before(at))
    return heir?.user === author ? heir.level : level
  }

  /**
   * RULE: upon oneself one acts as what one is without heirs, where that is more: an heir who has named an owner is one by that, and has left
   * or stepped down as what they were.
   */
  const ownAuthority = (author: UserKey, scope: Scope, level: Level): Level => {
    if (!isNamedByHeir(level)) return level
    const without = standing.levelOf(author, (other) => scope(other) && precedesHeirs(facts.levelAt(other), level))
    return selfLevel(without) > selfLevel(level) ? without : level
  }
  const isUponOneself = (at: number, { act }: LawOperation, author: UserKey): boolean => act.type === 'leave' || act.type === 'hand-over' ||
    (act.type === 'role' && act.user === author && act.role !== 'owner') || (act.type === 'rmdev' && subjects.holderPutOut(at) === author)

  /** Where an act of somebody of this authority stands. */
  const levelFor = (at: number, operation: LawOperation, author: UserKey, authority: Level): Level => {
    if (!isPresent(authority)) return NOBODY
    if (!isUponOneself(at, operation, author)) return authority
    return operation.act.type === 'rmdev' ? ownDeviceLevel(authority, subjects.knowsOwnStrike(at)) : selfLevel(authority)
  }

  /**
   * RULE: what somebody did outside of what a higher act on them keeps has no force; of a demotion, that of the lower role. It never stands
   * higher for that: what stands between the roles would.
   */
  const bound = (at: number, operation: LawOperation, author: UserKey, own: Level): Place => {
    let authority = own, level = levelFor(at, operation, author, own)
    const strikes = admissions.strikesOutside(at, author).sort((a, b) => facts.levelAt(b) - facts.levelAt(a))
    for (const strike of strikes) {
      if (facts.levelAt(strike) <= level) continue
      const act = graph.ordered[strike]?.act
      if (subjects.authorOf(strike) === author && act?.type !== 'rmdev' && !bindsOneself(strike, at)) continue
      if (act?.type !== 'role') return NOWHERE
      if (act.role === 'owner') continue
      authority = Math.min(authority, levelOf(act.role))
      level = Math.min(level, levelFor(at, operation, author, authority))
    }
    return { level, authority }
  }

  /**
   * RULE: leaving, stepping down and handing over bind what their author did outside of their past, but for what higher authority has built
   * on without knowing of them: nobody who has left undoes it by leaving once more from the past.
   */
  const bindsOneself = (strike: number, at: number): boolean => !isIn(admissions.builtOnAbove(strike), at)

  const place = (at: number): Place => {
    const operation = graph.ordered[at]
    const author = subjects.authorOf(at)
    if (operation === undefined || author === null || !subjects.isWellFormed(at)) return NOWHERE
    const { act } = operation
    if (act.type === 'create') return { level: CREATOR, authority: CREATOR }
    if (isDirect && !IN_DIRECT_ROOMS.has(act.type)) return NOWHERE
    if (act.type === 'adddev') {
      const level = standing.levelOf(act.user, inPast(graph.before(at)))
      return { level, authority: level }
    }
    if (act.type === 'add' && act.invite !== null) return placeOfAdmission(at)
    return bound(at, operation, author, authorityOf(at, operation, author))
  }

  /** RULE: an admission belongs to the layer of its invitation, whatever becomes of who carried it. */
  const placeOfAdmission = (at: number): Place => {
    const invite = subjects.inviteOf(at)
    const made = graph.ordered[invite]
    const maker = subjects.authorOf(invite)
    if (made === undefined || maker === null) return NOWHERE
    const authority = authorityOf(invite, made, maker)
    if (!isPresent(authority)) return NOWHERE
    const isRevoked = subjects.revocationsOf(invite).some((revocation) => isIn(graph.before(at), revocation))
    const level = admissionLevel(admissions.roleOf(at), authority, isRevoked || subjects.isSaidBanned(at))
    return { level, authority: level }
  }

  /** RULE: where approval is asked, an admission is an act of who carries it: above the role that it gives, and a moderator at least. */
  const mayApprove = (at: number, author: UserKey): boolean => {
    const operation = graph.ordered[at]
    if (operation === undefined) return false
    const { authority: approver } = bound(at, operation, author, authorityOf(at, operation, author))
    return rankAt(approver) >= 2 && strengthOf(approver) > admissions.roleOf(at)
  }

  const mayMakeInvite = (at: number, act: Extract<Act, { type: 'invite' }>, authority: Level): boolean =>
    act.role !== 'owner' && rankAt(authority) >= 1 && mayInvite(authority, levelOf(act.role)) &&
    (rankAt(authority) >= 2 || standing.policyIn(graph.before(at)).invites === 'members')

  /** RULE: a strike goes strictly downwards, by what its author knew and by what higher authority did meanwhile. */
  const isBelow = (target: UserKey, at: number, { level, authority }: Place): boolean => {
    const before = graph.before(at)
    if (!isStrictlyBelow(standing.levelOf(target, inPast(before)), authority)) return false
    return isStrictlyBelow(standing.levelOf(target, (other) => isIn(before, other) || (facts.levelAt(other) > level && !graph.knows(other, at))), authority)
  }

  const mayStrike = (target: UserKey, at: number, place: Place, author: UserKey): boolean =>
    target !== author && rankAt(place.authority) >= 2 && isBelow(target, at, place)

  const counts = (at: number, place: Place): boolean => {
    const operation = graph.ordered[at]
    const author = subjects.authorOf(at)
    if (operation === undefined || author === null || !isPresent(place.level)) return false
    const { act } = operation
    const { authority } = place
    const rank = rankAt(authority)
    const before = graph.before(at)
    switch (act.type) {
      case 'create':
      case 'leave':
      case 'own':
      case 'consent': return true
      case 'nothing': return false
      case 'adddev': return !isBurnt(act.device, before, place)
      case 'add': return mayAdmit(at, act, author, before, place)
      case 'rmdev': {
        const holder = subjects.holderPutOut(at)
        return holder !== null && (holder === author || mayStrike(holder, at, place, author))
      }
      case 'remove': return mayStrike(act.user, at, place, author) && (act.isBan || subjects.admissionsOf(act.user).some((admission) => isIn(before, admission)))
      case 'unban': return rank >= 2 && standing.bansOn(act.user, before).every((ban) => facts.authorityAt(ban) <= authority)
      case 'hand-over': return authority === CREATOR && act.user !== author
      case 'role': return mayChangeRole(at, act, author, place)
      case 'mute': return mayStrike(act.user, at, place, author)
      case 'invite': return mayMakeInvite(at, act, authority) && !isForbidden(at, place)
      case 'revoke-invite': return subjects.authorOf(subjects.inviteOf(at)) === author ||
        (rank >= 2 && admissions.roleOf(at) < strengthOf(authority))
      case 'policy': return isDirect || rank >= 3 || (rank === 2 && isOnlySlower(act.policy, standing.policyIn(before)))
      case 'administer': return rank >= 3
    }
  }

  /** RULE: a policy that leaves inviting to moderators binds who did not know of it. */
  const isForbidden = (at: number, { level, authority }: Place): boolean => rankAt(authority) < 2 && facts.policies.some((fact) =>
    fact.policy.invites === 'moderators' && facts.levelAt(fact.at) > level && graph.areConcurrent(fact.at, at))

  /** RULE: roles are given to those below; one's own role is only ever lowered. */
  const mayChangeRole = (at: number, act: Extract<Act, { type: 'role' }>, author: UserKey, place: Place): boolean => {
    const { authority } = place
    if (act.user === author) {
      // An heir may take the place for good.
      if (act.role === 'owner') return hasOwnerRights(authority) && !isOwner(authority)
      return levelOf(act.role) < strengthOf(authority)
    }
    return isBelow(act.user, at, place) && mayGive(authority, act.role)
  }

  const mayAdmit = (at: number, act: Extract<Act, { type: 'add' }>, author: UserKey, before: Past, place: Place): boolean => {
    if (act.invite === null) return createAct?.type === 'create' && isDirect && author === createAct.user && act.user === createAct.peer
    if (standing.bansOn(act.user, before).length > 0 || isBurnt(act.device, before, place) || isKnownOut(author, before, place)) return false
    const invite = subjects.inviteOf(at)
    const made = graph.ordered[invite]
    const maker = subjects.authorOf(invite)
    if (made?.act.type !== 'invite' || maker === null || !mayMakeInvite(invite, made.act, authorityOf(invite, made, maker))) return false
    if (made.act.needsApproval && !mayApprove(at, author)) return false
    const { maxUses } = made.act
    if (maxUses !== null && subjects.isFirst(at)) {
      const uses = subjects.admissionsBy(invite).filter((other) => subjects.isFirst(other) && isIn(before, other) && facts.counts(other))
      if (new Set(uses.map(userAt).filter((user) => user !== act.user)).size >= maxUses) return false
    }
    return !admissions.isUndone(at, place.level) && !admissions.knewItClosed(at, place.level)
  }
  /** RULE: a device that was put out never comes in again. */
  const isBurnt = (device: DeviceKey, before: Past, { level }: Place): boolean =>
    facts.burnsOf(device).some((burn) => isIn(before, burn) && facts.levelAt(burn) >= level)
  /** RULE: who knows that they were removed lets nobody in. */
  const isKnownOut = (user: UserKey, before: Past, { level }: Place): boolean => facts.outsOf(user).some((out) => isIn(before, out) && facts.levelAt(out) >= level &&
    !subjects.admissionsOf(user).some((admission) => isIn(before, admission) && graph.knows(admission, out)))
  const userAt = (at: number): UserKey | null => {
    const act = graph.ordered[at]?.act
    return act?.type === 'add' ? act.user : null
  }

  const originOf = (at: number): number => graph.ordered[at]?.act.type === 'add' && subjects.inviteOf(at) >= 0 ? subjects.inviteOf(at) : at

  return {
    place,
    counts,
    subjectOf (at) {
      const act = graph.ordered[at]?.act
      return act?.type === 'adddev' ? act.user : subjects.authorOf(originOf(at))
    },
    isUponSelf (at) {
      const operation = graph.ordered[at], author = subjects.authorOf(at)
      return operation !== undefined && author !== null && isUponOneself(at, operation, author)
    },
    isForHeirs: (at) => OF_HEIRS.has(graph.ordered[originOf(at)]?.act.type ?? 'own'),
    standing
  }
}

const isOnlySlower = (policy: RoomPolicy, now: RoomPolicy): boolean =>
  (Object.keys(now) as (keyof RoomPolicy)[]).every((field) => field === 'slowModeMs' || now[field] === policy[field])
