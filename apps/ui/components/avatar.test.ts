import { expect, test } from 'vitest'
import { hueOf, initialsOf } from './avatar.tsx'

test.each([
  ['Amber Otter 42', 'AO'], ['Bob', 'B'], ['anna-lena meyer', 'AM'], ['42', '4'], ['Ünal', 'Ü'], ['😀 party', 'P'], ['', '']
])('%s is %s', (name, initials) => {
  expect(initialsOf(name)).toBe(initials)
})

test('a name has the same colour everywhere', () => {
  expect(hueOf('Bob')).toBe(hueOf('Bob'))
  expect(hueOf('Bob')).not.toBe(hueOf('Alice'))
})
