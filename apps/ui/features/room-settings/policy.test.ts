import { expect, test } from 'vitest'
import { en } from '../../i18n/en.ts'
import { daysOf, eraseOf, erasesMore, MONTH_MS, parseKept, slowModes, slowWords, WEEK_MS } from './policy.ts'

const keep = { retentionMs: null, retentionCount: null }

test('slow mode is told in the largest whole unit', () => {
  expect([0, 5000, 30_000, 300_000, 3_600_000].map((ms) => slowWords(ms, en.roomSettings))).toEqual(['Off', '5 seconds', '30 seconds', '5 minutes', '1 hour'])
})

test('a wait that somebody else chose stays among the choices', () => {
  expect(slowModes(0)).toHaveLength(5)
  expect(slowModes(10_000)).toEqual([0, 5000, 10_000, 30_000, 300_000, 3_600_000])
})

test('a retention is one of the choices, or a time of its own', () => {
  expect(eraseOf(keep)).toBe('never')
  expect(eraseOf({ ...keep, retentionMs: WEEK_MS })).toBe('week')
  expect(eraseOf({ ...keep, retentionMs: MONTH_MS })).toBe('month')
  expect(eraseOf({ ...keep, retentionMs: 86_400_000 })).toBe('other')
  expect(eraseOf({ ...keep, retentionCount: 50 })).toBe('count')
  expect(daysOf(86_400_000)).toBe(1)
})

test('only a number of messages that leaves a conversation is taken', () => {
  expect(parseKept(' 500 ')).toBe(500)
  for (const text of ['', '9', '-20', '12.5', 'many']) expect(parseKept(text), text).toBeNull()
})

test('it asks before somebody loses messages, and only then', () => {
  expect(erasesMore(keep, { ...keep, retentionMs: WEEK_MS })).toBe(true)
  expect(erasesMore({ ...keep, retentionMs: MONTH_MS }, { ...keep, retentionMs: WEEK_MS })).toBe(true)
  expect(erasesMore({ ...keep, retentionMs: WEEK_MS }, { ...keep, retentionMs: MONTH_MS })).toBe(false)
  expect(erasesMore({ ...keep, retentionMs: WEEK_MS }, keep)).toBe(false)
  expect(erasesMore({ ...keep, retentionMs: WEEK_MS }, { ...keep, retentionCount: 100 })).toBe(true)
})
