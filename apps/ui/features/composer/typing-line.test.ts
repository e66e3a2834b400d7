import { expect, test } from 'vitest'
import { en } from '../../i18n/en.ts'
import { byteLength } from './byte-length.ts'
import { typingText } from './typing-line.tsx'

test.each([
  [[], ''],
  [['Bob'], 'Bob is typing…'],
  [['Bob', 'Carol'], 'Bob and Carol are typing…'],
  [['Bob', 'Carol', 'Dave'], 'Bob, Carol and Dave are typing…'],
  [['Bob', 'Carol', 'Dave', 'Erin'], 'Several people are typing…']
])('%j: %s', (names, text) => {
  expect(typingText(names.map((name) => ({ text: name, mark: null })), en)).toBe(text)
})

test('who types under a name that is not theirs for sure is told with it', () => {
  expect(typingText([{ text: 'Alice', mark: 'unconfirmed' }, { text: 'Alice · k7f2', mark: 'look-alike' }], en))
    .toBe('Alice (unconfirmed) and Alice · k7f2 (look-alike) are typing…')
})

test('the limit counts what travels: an umlaut is two bytes, an emoji four', () => {
  expect(byteLength('aü😀')).toBe(7)
})
