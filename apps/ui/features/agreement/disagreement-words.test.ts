import { expect, test } from 'vitest'
import type { Disagreement } from '#client'
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import { de } from '../../i18n/de.ts'
import { en } from '../../i18n/en.ts'
import { evidenceOf, noticeOf } from './disagreement-words.ts'

const of = (name: string, more: Partial<Disagreement> = {}): Disagreement => ({
  device: `${name}’s phone` as DeviceKey, user: name as UserKey, name, nameMark: null, isMe: false, at: Date.UTC(2026, 10, 30), law: 1, operations: 12,
  set: 'aa', mine: 'bb', theirs: 'cc', isDismissed: false, ...more
})

test('one person is named, in both languages', () => {
  expect(noticeOf([of('Bob')], 'en', en)).toBe('You and Bob see different rooms.')
  expect(noticeOf([of('Bob')], 'de', de)).toBe('Du und Bob seht verschiedene Räume.')
})

test('two devices of one person are one name, and one’s own other device has none', () => {
  expect(noticeOf([of('Bob'), of('Bob', { device: 'Bob’s laptop' as DeviceKey })], 'en', en)).toBe('You and Bob see different rooms.')
  expect(noticeOf([of('Alice', { isMe: true })], 'en', en)).toBe('You and your other device see different rooms.')
})

test('many are one line that names a few', () => {
  expect(noticeOf(['Bob', 'Carol'].map((name) => of(name)), 'en', en)).toBe('You see a different room than Bob and Carol.')
  const crowd = Array.from({ length: 20 }, (_, nth) => of(`Guest ${nth}`))
  expect(noticeOf(crowd, 'en', en)).toBe('You see a different room than Guest 0, Guest 1, Guest 2, and 17 others.')
  expect(noticeOf(crowd, 'de', de)).toBe('Du siehst einen anderen Raum als Guest 0, Guest 1, Guest 2 und 17 weitere.')
})

test('what was put away is not named, and without others nothing is said', () => {
  expect(noticeOf([of('Bob', { isDismissed: true }), of('Carol')], 'en', en)).toBe('You and Carol see different rooms.')
  expect(noticeOf([of('Bob', { isDismissed: true })], 'en', en)).toBeNull()
  expect(noticeOf([], 'en', en)).toBeNull()
})

test('the evidence says what both made of how many operations, when, and on which device', () => {
  expect(evidenceOf([of('Bob')], 'ff')).toBe('room ff\n\n2026-11-30T00:00:00.000Z, law 1\n12 operations: aa\nhere: bb\nBob: cc\ndevice Bob’s phone')
})

test('the evidence is copied whatever time it bears', () => {
  for (const at of [1e18, Number.MAX_SAFE_INTEGER, NaN]) expect(evidenceOf([of('Bob', { at })], 'ff')).toMatch(/^room ff\n\n\d{4}-.*, law 1\n/)
})
