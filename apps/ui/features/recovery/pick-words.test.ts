import { expect, test } from 'vitest'
import { firstWrong, pickTwo, splitWords } from './pick-words.ts'

const phrase = ['abandon', 'zebra', 'lemon']

test('two different places are asked for, in their order, whatever chance says', () => {
  for (let a = 0; a < 12; a++) {
    for (let b = 0; b < 11; b++) {
      const chances = [a / 12, b / 11]
      const [first, second] = pickTwo(12, () => chances.shift() ?? 0)
      expect(first).toBeLessThan(second)
      expect(first).toBeGreaterThanOrEqual(0)
      expect(second).toBeLessThan(12)
    }
  }
})

test('a word is right in any case and with spaces around, and wrong otherwise', () => {
  expect(firstWrong(phrase, [0, 2], [' Abandon', 'LEMON '])).toBeNull()
  expect(firstWrong(phrase, [0, 2], ['abandon', 'zebra'])).toBe(2)
  expect(firstWrong(phrase, [0, 2], ['', 'lemon'])).toBe(0)
})

test('words are found as people paste them', () => {
  expect(splitWords('1. Abandon\n2. zebra, 3) LEMON ')).toEqual(['abandon', 'zebra', 'lemon'])
  expect(splitWords('  ')).toEqual([])
})
