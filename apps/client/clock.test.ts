import { describe, expect, it } from 'vitest'
import { clocksDiffer, correctedNow } from './clock.ts'

const MINUTE_MS = 60_000, DAY_MS = 1440 * MINUTE_MS

describe('the time by which this device dates what it writes', () => {
  it.each([
    ['is its own while the node has not told its time', null, 0],
    ['follows the node for four minutes', 4 * MINUTE_MS, -4 * MINUTE_MS],
    ['follows the node for ten minutes, either way', -10 * MINUTE_MS, 10 * MINUTE_MS],
    ['follows no further where this clock is an hour ahead', 60 * MINUTE_MS, -10 * MINUTE_MS],
    ['follows no further to a node that is 40 days ahead', -40 * DAY_MS, 10 * MINUTE_MS],
    ['follows no further to a node that is in 1970', 20_000 * DAY_MS, -10 * MINUTE_MS]
  ])('%s', (_what, offsetMs, movedMs) => {
    const now = Date.parse('2026-03-01T12:00:00Z')
    expect(correctedNow(offsetMs, now) - now).toBe(movedMs)
  })
})

it.each([
  [null, null], [0, null], [-23 * 60 * MINUTE_MS, null], [25 * 60 * MINUTE_MS, 25 * 60 * MINUTE_MS], [-40 * DAY_MS, 40 * DAY_MS]
])('clocks that are %s ms apart are told to differ by %s', (offsetMs, differMs) => {
  expect(clocksDiffer(offsetMs)?.details['differMs'] ?? null).toBe(differMs)
})
