import { expect, test } from 'vitest'
import { en } from '../../i18n/en.ts'
import { byteLength } from './byte-length.ts'
import { typingText } from './typing-line.tsx'

test.each([
  [[], ''],
  [['Bob'], 'Bob is typing…'],
  [['Bob', 'Carol'], 'Bob and Carol are typing…'],
  [['Bob', 'Carol', 'Dave'], '3 people are typing…']
])('%j: %s', (names, text) => {
  expect(typingText(names, en.composer)).toBe(text)
})

test('the limit counts what travels: an umlaut is two bytes, an emoji four', () => {
  expect(byteLength('aü😀')).toBe(7)
})
