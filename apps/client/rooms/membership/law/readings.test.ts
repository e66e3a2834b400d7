import { describe, expect, it } from 'vitest'
import { decide, type Decision } from './decide.ts'
import type { LawOperation } from './operation.ts'
import { createJudge } from './judge.ts'
import { isPresent } from './level.ts'
import { decideSlowly } from '../../../testing/law/decide-slowly.ts'
import { randomHistory } from '../../../testing/law/random-history.ts'

const verdictsOf = ({ graph, facts }: Decision): string[] => graph.ordered.map((_, at) => facts.counts(at) ? '1' : '0')

/** Whether every operation counts exactly where the rules say so, given that just these count. */
function isLawful ({ graph, subjects, facts }: Decision): boolean {
  const judge = createJudge({ graph, subjects, facts })
  return graph.ordered.every((_, at) => {
    const place = judge.place(at)
    return place.level === facts.levelAt(at) && facts.counts(at) === (isPresent(place.level) && judge.counts(at, place))
  })
}

/**
 * All ways to say of each operation whether it counts that contradict no rule.
 * @param free how many of the last are tried both ways; those before are taken as the rules say
 */
function readingsOf (history: readonly LawOperation[], free = history.length - 1): string[] {
  const readings: string[] = []
  const bitOf = new Map(history.slice(-free).map(({ id }, bit) => [id, bit]))
  for (let bits = 0; bits < 2 ** free; bits++) {
    const decision = decideSlowly(history, (at, graph) => {
      const bit = bitOf.get(graph.ordered[at]!.id)
      return bit === undefined ? undefined : (bits >>> bit & 1) === 1
    })
    if (isLawful(decision)) readings.push(verdictsOf(decision).join(''))
  }
  return [...new Set(readings)]
}

const describeHistory = (history: readonly LawOperation[], decision: Decision): string => history
  .map((one) => {
    const at = decision.graph.positionOf(one.id) ?? -1
    return `${at} ${one.id} by ${one.device} knows [${one.heads.join(' ')}] ${JSON.stringify(one.act)} → level ${decision.facts.levelAt(at) / 2 ** 31} counts ${decision.facts.counts(at)}`
  }).join('\n')

/** Whether somebody has put a device out and left, neither knowing of the other, and somebody else knows of only one. */
const hasPutOutBesideLeaving = ({ graph, subjects }: Decision): boolean => graph.ordered.some(({ act }, at) => {
  const author = subjects.authorOf(at)
  if (act.type !== 'rmdev' || author === null || !subjects.isWellFormed(at)) return false
  const others = [...graph.ordered.keys()].filter((word) => subjects.isWellFormed(word) && subjects.authorOf(word) !== author)
  return subjects.ownStrikesOf(author).some((strike) => graph.areConcurrent(at, strike) &&
    others.some((word) => graph.knows(word, at) !== graph.knows(word, strike)))
})

const SEEDS = Number(process.env['LAW_SEEDS'] ?? 60), FROM = Number(process.env['LAW_FROM'] ?? 1), LENGTH = Number(process.env['LAW_LENGTH'] ?? 8)

describe('the law of a room', () => {
  it('leaves one reading of every small history, and the engine finds it', () => {
    for (let seed = FROM; seed < FROM + SEEDS; seed++) {
      const history = randomHistory(seed, { operations: LENGTH, isSettled: seed % 2 === 0 })
      const decision = decide(history)
      const readings = readingsOf(history)
      expect(readings, `seed ${seed}\n${describeHistory(history, decision)}\n${readings.join('\n')}`).toEqual([verdictsOf(decision).join('')])
    }
  })

  it('leaves one reading where people go and put out devices beside that, not knowing of each other', () => {
    let seen = 0
    for (let seed = FROM; seen < SEEDS / 6; seed++) {
      const history = randomHistory(seed, { operations: LENGTH + 4, isSettled: true, isLeaving: true })
      const decision = decide(history)
      if (!hasPutOutBesideLeaving(decision)) continue
      seen++
      const why = `seed ${seed}\n${describeHistory(history, decision)}`
      expect(readingsOf(history, LENGTH - 1), why).toEqual([verdictsOf(decision).join('')])
    }
  })

  it('is the same in any order of arrival, and for the engine that skips what it need not ask', () => {
    for (let seed = FROM; seed < FROM + SEEDS * 5; seed++) {
      const history = randomHistory(seed, { operations: 10 + seed % 40, isSettled: seed % 3 > 0, ...seed % 6 === 1 && { isLeaving: true } })
      const [slowly, decision, shuffled] = [decideSlowly(history), decide(history), decide(history.toSorted((a, b) => a.id < b.id ? -1 : 1))]
      const why = `seed ${seed}\n${describeHistory(history, decision)}`
      expect(verdictsOf(decision).join(''), why).toBe(verdictsOf(slowly).join(''))
      expect(verdictsOf(shuffled).join(''), why).toBe(verdictsOf(slowly).join(''))
    }
  })
})
