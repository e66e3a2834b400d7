import { expect, test } from 'vitest'
import { followSpeaker, INTERRUPT_MS, NOBODY, PAUSE_MS, TAKE_OVER_MS, type Speaker } from './active-speaker.ts'

const everybody = ['alice', 'bob', 'carol']
const STEP_MS = 100

/** Lets the same people speak for a while, looked at as often as the stage does. */
function hear (speaker: Speaker, speaking: readonly string[], from: number, forMs: number): Speaker {
  let now = speaker
  for (let at = from; at <= from + forMs; at += STEP_MS) now = followSpeaker(now, everybody, speaking, at)
  return now
}

test('the first who speaks is shown at once', () => {
  expect(followSpeaker(NOBODY, everybody, ['bob'], 0).shown).toBe('bob')
})

test('an "mhm" takes nobody the stage, a sentence does', () => {
  const bob = hear(NOBODY, ['bob'], 0, 1000)
  const silent = hear(bob, [], 1100, PAUSE_MS + STEP_MS)
  expect(hear(silent, ['carol'], 3000, TAKE_OVER_MS - STEP_MS).shown).toBe('bob')
  expect(hear(silent, ['carol'], 3000, TAKE_OVER_MS).shown).toBe('carol')
})

test('whoever speaks keeps the stage while somebody else begins, but not for ever', () => {
  const bob = hear(NOBODY, ['bob'], 0, 1000)
  expect(hear(bob, ['bob', 'carol'], 1100, INTERRUPT_MS - STEP_MS).shown).toBe('bob')
  expect(hear(bob, ['bob', 'carol'], 1100, INTERRUPT_MS).shown).toBe('carol')
})

test('two who speak at once do not flicker', () => {
  let speaker = hear(NOBODY, ['bob'], 0, 1000)
  let changes = 0
  for (let at = 1100; at < 11_000; at += STEP_MS) {
    const next = followSpeaker(speaker, everybody, ['bob', 'carol'], at)
    if (next.shown !== speaker.shown) changes++
    speaker = next
  }
  expect(changes).toBeLessThanOrEqual(10_000 / INTERRUPT_MS)
})

test('a pause inside a sentence is none', () => {
  const bob = hear(NOBODY, ['bob'], 0, 1000)
  const quiet = hear(bob, [], 1100, PAUSE_MS - 2 * STEP_MS)
  expect(quiet.turns.has('bob')).toBe(true)
  expect(hear(bob, [], 1100, PAUSE_MS + STEP_MS).turns.has('bob')).toBe(false)
})

test('the stage stays with the last speaker in silence, and not with somebody who left', () => {
  const bob = hear(NOBODY, ['bob'], 0, 1000)
  expect(hear(bob, [], 1100, 60_000).shown).toBe('bob')
  expect(followSpeaker(bob, ['alice', 'carol'], [], 1100).shown).toBeNull()
  expect(followSpeaker(bob, ['alice', 'carol'], ['carol'], 1100).shown).toBe('carol')
})

test('a long silence changes nothing that would have to be drawn', () => {
  const silent = hear(hear(NOBODY, ['bob'], 0, 100), [], 200, 2000)
  expect(followSpeaker(silent, everybody, [], 9000)).toBe(silent)
})
