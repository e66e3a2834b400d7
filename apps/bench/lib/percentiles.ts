export interface Percentiles { p50: number, p95: number, p99: number }

/**
 * The smallest sample that at least `percent` of all samples do not exceed (nearest rank).
 * @throws {RangeError} without samples
 */
export function percentile (samples: readonly number[], percent: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const found = sorted[Math.max(0, Math.ceil(percent / 100 * sorted.length) - 1)]
  if (found === undefined) throw new RangeError('no samples')
  return found
}

export const percentiles = (samples: readonly number[]): Percentiles =>
  ({ p50: percentile(samples, 50), p95: percentile(samples, 95), p99: percentile(samples, 99) })

/**
 * One-way times in both directions between two clocks, put together so that whatever the clocks differ by cancels out: it makes one
 * direction longer by as much as it makes the other shorter.
 */
export function withoutClockOffset (there: readonly number[], back: readonly number[]): number[] {
  const offset = (percentile(there, 50) - percentile(back, 50)) / 2
  return [...there.map((ms) => ms - offset), ...back.map((ms) => ms + offset)]
}
