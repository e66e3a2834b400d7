/**
 * RULE: an admission rests on its invitation, not on who carried it. What closes an invitation undoes an admission that it did not know of
 * only if its author outranks the newcomer, and nobody of no lower authority has built on it; for all others it closes the door from then on.
 */
import type { UserKey } from '#shared/ids.ts'
import type { Facts } from './facts.ts'
import { isIn, pastOfAll, type LawGraph, type Past } from './graph.ts'
import { levelOf, MEMBER, rankAt, SENIORITY_SPAN, strengthOf, type Level } from './level.ts'
import type { Act } from './operation.ts'
import { createSettled } from './settled.ts'
import type { Subjects } from './subjects.ts'

export interface Admissions {
  /** The level that an admission gives. */
  roleOf(admission: number): Level
  /** Whether something that counts, and stands above `floor`, undoes an admission. */
  isUndone(admission: number, floor: Level): boolean
  /** Whether an admission knew that its invitation was closed. @param level of the admission: what is below it closes nothing */
  knewItClosed(admission: number, level: Level): boolean
  /** What has been built on, by authority above a strike, without knowing of it. */
  builtOnAbove(strike: number): Past
  /** Strikes upon who did something, and upon the device they did it with, that leave it outside of what they keep. */
  strikesOutside(at: number, author: UserKey): number[]
}

/** Roles whose invitations somebody of this level may make. */
export const mayInvite = (level: Level, role: Level): boolean =>
  role < strengthOf(level) || (strengthOf(level) === MEMBER && role === MEMBER)

/** What takes rights away from a person or device: it may leave out what it knows. */
const CUTS: ReadonlySet<Act['type'] | undefined> = new Set<Act['type'] | undefined>(['remove', 'leave', 'role', 'rmdev', 'hand-over'])

const UPON_THEMSELVES: ReadonlySet<Act['type'] | undefined> = new Set<Act['type'] | undefined>(['leave', 'role', 'hand-over'])

export function createAdmissions (graph: LawGraph, subjects: Subjects, facts: Facts): Admissions {
  /** Leaving, stepping down, handing over, putting out a device of one's own. */
  const isUponThemselves = (at: number): boolean => {
    const act = graph.ordered[at]?.act, author = subjects.authorOf(at)
    return act?.type === 'leave' || act?.type === 'hand-over' || (act?.type === 'role' && act.user === author) ||
      (act?.type === 'rmdev' && subjects.holderPutOut(at) === author)
  }
  /**
   * RULE: nobody has built on anything by what others may carry for them, nor by what they do to themselves. An admission or a certificate
   * has the authority of who made the link or the device, and the heads that its courier chose. A second leaving stands where the first
   * does, so that the first binds it not: who has left could choose heads for it all the same.
   */
  const isOwnWord = (at: number): boolean => {
    const type = graph.ordered[at]?.act.type
    return type !== 'add' && type !== 'adddev' && !isUponThemselves(at)
  }

  const settled = createSettled(graph, subjects, facts, isOwnWord)

  const userOf = (admission: number): UserKey | null => {
    const act = graph.ordered[admission]?.act
    return act?.type === 'add' ? act.user : null
  }

  const roleOf = (admission: number): Level => {
    const invite = graph.ordered[subjects.inviteOf(admission)]?.act
    return invite?.type === 'invite' && invite.role !== 'owner' ? levelOf(invite.role) : MEMBER
  }

  const strikesOutside = (at: number, author: UserKey): number[] => {
    const device = graph.ordered[at]?.device
    const strikes = facts.strikesOn(author), burns = device === undefined ? [] : facts.burnsOf(device)
    if (strikes.length + burns.length === 0) return []
    return [...strikes, ...burns].filter((strike) => {
      if (strike === at || graph.knows(at, strike)) return false
      if (subjects.authorOf(strike) === author && settled.isSettledBeside(at, strike)) return false
      const kept = subjects.keptBy(strike)
      return kept === null ? !graph.knows(strike, at) : !isIn(kept, at)
    })
  }

  /** What closes the invitation of an admission, and counts, whether it undoes this admission or not. */
  function * closersOf (admission: number): Generator<number> {
    const invite = subjects.inviteOf(admission)
    const operation = graph.ordered[invite]
    const maker = subjects.authorOf(invite)
    if (operation?.act.type !== 'invite' || maker === null) return
    for (const strike of strikesOutside(invite, maker)) {
      const act = graph.ordered[strike]?.act
      if (act?.type !== 'role' || act.role === 'owner' || !mayInvite(levelOf(act.role), roleOf(admission))) yield strike
    }
    yield * facts.revocationsOf(invite)
    if (rankAt(facts.authorityAt(invite)) < 2) {
      for (const { at, policy } of facts.policies) if (policy.invites === 'moderators' && !graph.knows(invite, at)) yield at
    }
    if (operation.act.maxUses !== null) yield * usedUpFor(admission, invite, operation.act.maxUses)
  }

  /** RULE: concurrent uses of a limited invitation all count; once its maker's rank or above knows that it is used up, it is closed. */
  function * usedUpFor (admission: number, invite: number, maxUses: number): Generator<number> {
    const user = userOf(admission)
    const others = subjects.admissionsBy(invite).filter((at) => subjects.isFirst(at) && userOf(at) !== user)
    if (others.length < maxUses) return
    for (const { at, users } of fullFor(invite, maxUses)) {
      if (!graph.knows(at, admission) && users.size - Number(users.has(user)) >= maxUses) yield at
    }
  }

  /** What knows so many uses of an invitation, of its maker's authority or above, with whom it knows to have used it. */
  const full = new Map<number, { at: number, users: Set<UserKey | null> }[]>()
  const fullFor = (invite: number, maxUses: number): { at: number, users: Set<UserKey | null> }[] => {
    const known = full.get(invite)
    if (known !== undefined) return known
    const uses = subjects.admissionsBy(invite).filter((at) => subjects.isFirst(at))
    const found: { at: number, users: Set<UserKey | null> }[] = []
    for (const at of facts.counted) {
      if (!isOwnWord(at) || facts.authorityAt(at) < facts.authorityAt(invite)) continue
      const users = new Set<UserKey | null>()
      for (const use of uses) if (graph.knows(at, use)) users.add(userOf(use))
      if (users.size >= maxUses) found.push({ at, users })
    }
    if (facts.judgedDownTo < strengthOf(facts.authorityAt(invite)) - SENIORITY_SPAN) full.set(invite, found)
    return found
  }

  /** What those of no lower authority have built on without knowing of something that closes invitations. */
  const builtOn = new Map<number, Past>()
  const builtOnWithout = (closer: number): Past => {
    const known = builtOn.get(closer)
    if (known !== undefined) return known
    const strength = strengthOf(facts.authorityAt(closer))
    const past = pastOfAll(graph, facts.counted.filter((at) =>
      at !== closer && isOwnWord(at) && strengthOf(facts.authorityAt(at)) >= strength && !graph.knows(at, closer)))
    // Nothing of that authority is to be judged any more.
    if (facts.judgedDownTo < strength - SENIORITY_SPAN) builtOn.set(closer, past)
    return past
  }

  const above = new Map<number, Past>()
  const builtOnAbove = (closer: number): Past => {
    const known = above.get(closer)
    if (known !== undefined) return known
    const strength = strengthOf(facts.authorityAt(closer))
    const past = pastOfAll(graph, facts.counted.filter((at) =>
      isOwnWord(at) && facts.levelAt(at) > facts.levelAt(closer) && strengthOf(facts.authorityAt(at)) > strength && !graph.knows(at, closer)))
    if (facts.judgedDownTo <= facts.levelAt(closer)) above.set(closer, past)
    return past
  }

  const undoes = (closer: number, admission: number): boolean => {
    if (graph.knows(admission, closer)) return true
    const isKnown = graph.knows(closer, admission)
    if (isKnown && !CUTS.has(graph.ordered[closer]?.act.type)) return false
    const maker = subjects.authorOf(subjects.inviteOf(admission))
    // RULE: an invitation that its maker wrote beside leaving, or stepping down, admits nobody whom higher authority has not built on.
    if (subjects.authorOf(closer) === maker && UPON_THEMSELVES.has(graph.ordered[closer]?.act.type)) return !isKnown && !isIn(builtOnAbove(closer), admission)
    const user = userOf(admission)
    const given = user === null ? [] : facts.rolesOf(user).filter(({ at }) => facts.levelAt(at) > facts.levelAt(closer) && graph.knows(at, admission))
    const newcomer = Math.max(roleOf(admission), ...given.map(({ value }) => strengthOf(value)))
    if (strengthOf(facts.authorityAt(closer)) <= newcomer) return false
    return isKnown || !isIn(builtOnWithout(closer), admission)
  }

  return {
    roleOf,
    builtOnAbove,
    strikesOutside,
    isUndone (admission, floor) {
      for (const closer of closersOf(admission)) if (facts.levelAt(closer) > floor && undoes(closer, admission)) return true
      return false
    },
    knewItClosed (admission, level) {
      for (const closer of closersOf(admission)) if (facts.levelAt(closer) >= level && graph.knows(admission, closer)) return true
      return false
    }
  }
}
