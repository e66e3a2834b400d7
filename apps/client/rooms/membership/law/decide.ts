/**
 * Decides which operations count, from the top: what the creator did first, then each owner in order, admins, moderators, members. What
 * stands on a level is judged in causal order, and whatever is above it has been decided by then.
 */
import type { UserKey } from '#shared/ids.ts'
import { createFacts } from './facts.ts'
import { createLawGraph } from './graph.ts'
import { createJudge, type Judge, type Place } from './judge.ts'
import { CREATOR, HEIR_STEP, NOBODY, OWNER, OWN_DEVICE_LATE_STEP, OWN_DEVICE_STEP, ROLE_LEVELS, SELF_STEP, SENIORITY_SPAN, type Level } from './level.ts'
import type { LawOperation } from './operation.ts'
import type { Law } from './standing.ts'
import { createSubjects } from './subjects.ts'

export interface Decision extends Law { judge: Judge }

export function decide (operations: Iterable<LawOperation>): Decision {
  const graph = createLawGraph(operations)
  const subjects = createSubjects(graph)
  const facts = createFacts(graph, subjects)
  const law: Law = { graph, subjects, facts }
  const judge = createJudge(law)
  let open = [...graph.ordered.keys()]
  const places: { count: number, place: Place }[] = []
  const versions = graph.ordered.map((_, at) => {
    const subject = judge.subjectOf(at)
    return subject === null ? { count: 0 } : facts.versionOf(subject)
  })

  /** Where an operation stands, as long as nothing was found out about the people whom that depends on. */
  const placeOf = (at: number): Place => {
    if (facts.isOwnershipShaken && judge.isForHeirs(at)) return judge.place(at)
    const count = versions[at]?.count ?? 0
    const known = places[at]
    if (known?.count === count) return known.place
    const place = judge.place(at)
    places[at] = { count, place }
    return place
  }

  /** Judges what stands on a level, of these or of all, in causal order. */
  const sweep = (level: Level, those: readonly number[] = open): void => {
    for (const at of those) {
      if (facts.verdicts[at] !== undefined) continue
      const place = placeOf(at)
      if (place.level === level) facts.set(at, { ...place, counts: judge.counts(at, place) })
    }
    if (those === open) open = open.filter((at) => facts.verdicts[at] === undefined)
  }

  /**
   * Judges what creators do to themselves, in causal order: what one does is in the past of what their successor does as
   * the creator. A successor may have put out a device, which binds what it does to them; that is judged before.
   */
  const sweepCreators = (): void => {
    const upon = open.filter((at) => judge.isUponSelf(at))
    sweep(CREATOR + OWN_DEVICE_STEP, upon)
    for (const at of upon) {
      sweep(CREATOR + SELF_STEP, [at])
      const act = graph.ordered[at]?.act
      if (act?.type !== 'hand-over' || !facts.counts(at)) continue
      sweep(CREATOR + OWN_DEVICE_STEP, upon.filter((other) => other > at && isPutOutBy(other, act.user)))
    }
    open = open.filter((at) => facts.verdicts[at] === undefined)
  }
  const isPutOutBy = (at: number, user: UserKey): boolean =>
    graph.ordered[at]?.act.type === 'rmdev' && subjects.authorOf(at) === user

  /** Of people who have a level each for themselves, within these bounds, one after the other. */
  const sweepOneByOne = (users: ReadonlySet<UserKey>, from: Level, to: Level): void => {
    for (let last = from, next = highestOf(law, users, last, to); next !== null; next = highestOf(law, users, last, to)) {
      const acts = subjects.concerning(next.user)
      const base = Math.floor(next.level)
      for (const level of new Set([base + OWN_DEVICE_STEP, base + SELF_STEP, base + OWN_DEVICE_LATE_STEP, base + HEIR_STEP, next.level])) sweep(level, acts)
      last = next.level
    }
    open = open.filter((at) => facts.verdicts[at] === undefined)
  }

  const highestWithin = (from: Level, to: Level): Level | null => {
    let highest = NOBODY
    for (const at of open) {
      const { level } = placeOf(at)
      if (level > highest && level < from && level > to) highest = level
    }
    return highest === NOBODY ? null : highest
  }

  sweep(CREATOR, [0])
  sweepCreators()
  for (const level of [CREATOR + OWN_DEVICE_LATE_STEP, CREATOR]) sweep(level)
  sweepOneByOne(facts.owners, CREATOR, OWNER - SENIORITY_SPAN)
  for (const { role, above, heirsBelow } of ROLE_LEVELS) {
    for (const level of above) sweep(level)
    for (let highest = highestWithin(heirsBelow, role); highest !== null; highest = highestWithin(heirsBelow, role)) sweep(highest)
    sweep(role)
    sweepOneByOne(facts.juniors, role, role - SENIORITY_SPAN)
  }
  for (const at of open) facts.set(at, { level: NOBODY, authority: NOBODY, counts: false })
  return { ...law, judge }
}

/** Who comes next below a level, of people who have one for themselves. */
function highestOf ({ facts }: Law, users: ReadonlySet<UserKey>, below: Level, above: Level): { user: UserKey, level: Level } | null {
  let next: { user: UserKey, level: Level } | null = null
  for (const user of users) {
    for (const { value } of facts.rolesOf(user)) if (value < below && value > above && value > (next?.level ?? above)) next = { user, level: value }
  }
  return next
}
