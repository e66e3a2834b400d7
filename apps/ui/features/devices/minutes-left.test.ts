import { expect, test } from 'vitest'
import { minutesLeft } from './minutes-left.ts'

test.each([[600_000, '10:00'], [599_001, '10:00'], [545_000, '9:05'], [1, '0:01'], [0, '0:00'], [-5000, '0:00']])('%i ms are %s', (ms, text) => {
  expect(minutesLeft(1_000_000 + ms, 1_000_000)).toBe(text)
})
