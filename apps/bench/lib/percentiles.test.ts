import { expect, test } from 'vitest'
import { percentile, percentiles, withoutClockOffset } from './percentiles.ts'

const hundred = Array.from({ length: 100 }, (_, i) => 100 - i)

test('percentiles are samples that were measured, in whatever order they came', () => {
  expect(percentiles(hundred)).toEqual({ p50: 50, p95: 95, p99: 99 })
  expect(percentile([7], 99)).toBe(7)
})

test('there is no percentile of nothing', () => {
  expect(() => percentile([], 50)).toThrow(RangeError)
})

test('clocks that differ do not change what was measured between them', () => {
  const alice = hundred.map((ms) => ms + 1000), bob = hundred.map((ms) => ms - 1000)
  expect(percentiles(withoutClockOffset(alice, bob))).toEqual(percentiles(hundred))
})
