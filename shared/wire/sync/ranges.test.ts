import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countOf, covers, highestOf, intersectRanges, mergeRanges, rangesOf, subtractRanges } from './ranges.ts'

const seqs = fc.uniqueArray(fc.integer({ min: 1, max: 60 })).map((list) => list.sort((a, b) => a - b))
const listOf = (ranges: readonly { from: number, to: number }[]): number[] =>
  ranges.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i))

describe('ranges', () => {
  it('are sets of numbers in normal form', () => {
    fc.assert(fc.property(seqs, seqs, (a, b) => {
      const [one, other] = [rangesOf(a), rangesOf(b)]
      expect(listOf(one)).toEqual(a)
      expect(listOf(mergeRanges([...other, ...one]))).toEqual([...new Set([...a, ...b])].sort((x, y) => x - y))
      expect(listOf(subtractRanges(one, other))).toEqual(a.filter((seq) => !b.includes(seq)))
      expect(listOf(intersectRanges(one, other))).toEqual(a.filter((seq) => b.includes(seq)))
      expect(countOf(one)).toBe(a.length)
      expect(highestOf(one)).toBe(a.at(-1) ?? 0)
      expect(covers(one, 30)).toBe(a.includes(30))
    }))
  })

  it('close small gaps when asked to', () => {
    expect(mergeRanges([{ from: 1, to: 3 }, { from: 6, to: 9 }, { from: 20, to: 20 }], 2)).toEqual([{ from: 1, to: 9 }, { from: 20, to: 20 }])
  })
})
