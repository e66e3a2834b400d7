/** Arithmetic on sequence-number ranges: lists that are ascending, disjoint and not adjacent, as in `DeviceLog.have`. All pure. */
import type { LogRange } from './replica.ts'

export const countOf = (ranges: readonly LogRange[]): number => ranges.reduce((total, { from, to }) => total + to - from + 1, 0)

export const highestOf = (ranges: readonly LogRange[]): number => ranges.at(-1)?.to ?? 0

export const covers = (ranges: readonly LogRange[], seq: number): boolean => ranges.some(({ from, to }) => from <= seq && seq <= to)

/** The union, in normal form, of ranges in any order. */
export function mergeRanges (ranges: readonly LogRange[], maxGap = 0): LogRange[] {
  const merged: LogRange[] = []
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1)
    if (last !== undefined && range.from <= last.to + 1 + maxGap) last.to = Math.max(last.to, range.to)
    else merged.push({ ...range })
  }
  return merged
}

/** What is in `ranges` and not in `without`. */
export function subtractRanges (ranges: readonly LogRange[], without: readonly LogRange[]): LogRange[] {
  const left: LogRange[] = []
  let at = 0
  for (const { from, to } of ranges) {
    let start = from
    while ((without[at]?.to ?? Infinity) < start) at++
    for (let i = at; i < without.length && start <= to; i++) {
      const hole = without[i]
      if (hole === undefined || hole.from > to) break
      if (hole.from > start) left.push({ from: start, to: hole.from - 1 })
      start = hole.to + 1
    }
    if (start <= to) left.push({ from: start, to })
  }
  return left
}

/** What is in both. */
export const intersectRanges = (a: readonly LogRange[], b: readonly LogRange[]): LogRange[] => subtractRanges(a, subtractRanges(a, b))

/** The ranges of an ascending list of numbers. */
export function rangesOf (seqs: readonly number[]): LogRange[] {
  const ranges: LogRange[] = []
  for (const seq of seqs) {
    const last = ranges.at(-1)
    if (last?.to === seq - 1) last.to = seq
    else ranges.push({ from: seq, to: seq })
  }
  return ranges
}
