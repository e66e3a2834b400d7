import { expect, test } from 'vitest'
import { languageOf } from '../../i18n/index.ts'
import { waitWords, whyNot, type WritingState } from './writing.ts'

const english = languageOf('en', ['en-GB'])
const now = new Date(2026, 10, 21, 12).getTime()
const state = (more: Partial<WritingState>): WritingState =>
  ({ summary: { standing: 'member', role: 'member' }, canSend: true, mutedUntil: null, now, ...more })

test('whoever may write is told nothing', () => {
  expect(whyNot(state({}), english)).toBeNull()
})

test('whoever may not is told why, the strongest reason first', () => {
  const cannot = { canSend: false, mutedUntil: now + 60_000 }
  expect(whyNot(state({ ...cannot, summary: { standing: 'waiting', role: null } }), english)).toContain('once a member has let you in')
  expect(whyNot(state({ ...cannot, summary: { standing: 'removed', role: null } }), english)).toContain('no longer a member')
  expect(whyNot(state({ ...cannot, summary: { standing: 'revoked', role: null } }), english)).toContain('with this device')
  expect(whyNot(state({ ...cannot, summary: { standing: 'member', role: 'observer' } }), english)).toContain('You can read here')
  expect(whyNot(state(cannot), english)).toBe('You are muted until 12:01.')
  expect(whyNot(state({ ...cannot, now: now + 60_000 }), english)).toBe('Your mute ends as soon as a moderator is online.')
  expect(whyNot(state({ canSend: false }), english)).toContain('being prepared')
})

test('slow mode counts in seconds, then in minutes', () => {
  expect(waitWords(null, now)).toBeNull()
  expect(waitWords(now, now)).toBeNull()
  expect(waitWords(now + 4100, now)).toBe('5 s')
  expect(waitWords(now + 240_000, now)).toBe('4 min')
})
