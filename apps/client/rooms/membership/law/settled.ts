/**
 * RULE: leaving, stepping down and handing over hold against a put-out by the same person, neither knowing of the other,
 * once somebody above has built on them without knowing of the put-out. The highest authority above that person that knows
 * only one of both decides; where there is none, the put-out does. What those who decided have built on holds with it.
 */
import type { Facts } from './facts.ts'
import { pastOfAll, union, type LawGraph, type Past } from './graph.ts'
import { strengthOf, type Level } from './level.ts'
import { isIn, NOTHING } from './past.ts'
import type { Subjects } from './subjects.ts'

/** What those of one level have built on. */
interface Witnesses {
  /** What they knew without knowing of the put-out. */
  without: Past
  /** The first that knew of the put-out: what these know all later ones know. */
  first: number[]
}

export interface Settled {
  /** Whether an operation stands though its author put out the device it was written with, and did not keep it. */
  isSettledBeside(at: number, putOut: number): boolean
}

/** @param isOwnWord whether an operation says what its author knew: not what others may carry for them */
export function createSettled (
  graph: LawGraph, subjects: Subjects, facts: Facts, isOwnWord: (at: number) => boolean
): Settled {
  /** Of those strictly above, from the highest on. All of that has been decided before the put-out. */
  const witnessesAbove = (putOut: number): Witnesses[] => {
    const strength = strengthOf(facts.authorityAt(putOut)), level = facts.levelAt(putOut)
    const isAbove = (at: number): boolean =>
      facts.levelAt(at) > level && strengthOf(facts.authorityAt(at)) > strength && isOwnWord(at)
    const above = facts.counted.filter(isAbove)
    const byLevel = Map.groupBy(above, (at): Level => facts.levelAt(at))
    return [...byLevel.keys()].sort((a, b) => b - a).map((one) => {
      const those = byLevel.get(one) ?? []
      const first: number[] = []
      for (const at of those.toSorted((a, b) => a - b)) {
        if (graph.knows(at, putOut) && !first.some((earlier) => graph.knows(at, earlier))) first.push(at)
      }
      return { without: pastOfAll(graph, those.filter((at) => !graph.knows(at, putOut))), first }
    })
  }

  const findSettled = (putOut: number): Past => {
    const author = subjects.authorOf(putOut)
    const strikes = (author === null ? [] : subjects.ownStrikesOf(author))
      .filter((strike) => graph.areConcurrent(putOut, strike))
    if (strikes.length === 0) return NOTHING
    const above = witnessesAbove(putOut)
    /** What those who decided for a leaving have built on, it and its past among that; null where it does not hold. */
    const builtOnBeside = (strike: number): Past | null => {
      for (const { without, first } of above) {
        if (first.some((at) => !graph.knows(at, strike))) return null
        if (isIn(without, strike)) return without
      }
      return null
    }
    return union([...new Set(strikes.map(builtOnBeside))].filter((past) => past !== null), null)
  }

  const settled = new Map<number, Past>()
  const settledBeside = (putOut: number): Past => {
    const known = settled.get(putOut)
    if (known !== undefined) return known
    const past = findSettled(putOut)
    // Nothing above the put-out is to be judged any more.
    if (facts.judgedDownTo <= facts.levelAt(putOut)) settled.set(putOut, past)
    return past
  }

  return {
    isSettledBeside: (at, putOut) => graph.ordered[putOut]?.act.type === 'rmdev' && isIn(settledBeside(putOut), at)
  }
}
