import { expect, test } from 'vitest'
import { initialsOf, lookOf } from './avatar.tsx'

test.each([
  ['Amber Otter 42', 'AO'], ['Bob', 'B'], ['anna-lena meyer', 'AM'], ['42', '4'], ['Ünal', 'Ü'], ['😀 party', 'P'], ['', ''], ['’t Hooft', 'TH'], ['Alice · k7f2', 'A'],
  ['👩‍🚀', '👩‍🚀'], ['🇩🇪 team', 'T'], ['e\u0301mile', 'E\u0301'], ['李小龙', '李'], ['#k7f2', 'K']
])('%s is %s', (name, initials) => {
  expect(initialsOf(name)).toBe(initials)
})

const keys = Array.from({ length: 500 }, (_, nth) => nth.toString(16).padStart(64, '0'))

test('a key looks the same everywhere, whatever its owner is called', () => {
  for (const key of keys) expect(lookOf(key)).toEqual(lookOf(key))
})

test('two people look alike once in a few thousand', () => {
  const looks = keys.map((key) => JSON.stringify(lookOf(key)))
  expect(new Set(looks).size).toBeGreaterThan(475)
  expect(new Set(keys.map((key) => lookOf(key).pattern)).size).toBe(8)
})
