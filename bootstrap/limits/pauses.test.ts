import { expect, it } from 'vitest'
import { createPauses } from './pauses.ts'

it('a pause doubles with each reason up to the longest, and is forgotten by who has shown to be right', () => {
  let at = 0
  const pauses = createPauses({ firstMs: 30, longestMs: 100, now: () => at })
  const lengths = [1, 2, 3, 4].map(() => {
    pauses.lengthen('phone')
    return pauses.waitMs('phone')
  })
  expect(lengths).toEqual([30, 60, 100, 100])
  at += 40
  expect([pauses.waitMs('phone'), pauses.waitMs('laptop')]).toEqual([60, 0])
  pauses.end('phone')
  pauses.lengthen('phone')
  expect(pauses.waitMs('phone')).toBe(30)
})

it('a flood of keys makes no pause forgotten before it was quiet for long, and shares one itself', () => {
  let at = 0
  const pauses = createPauses({ firstMs: 30, longestMs: 100, now: () => at, maxKeys: 2 })
  for (const key of ['phone', 'laptop', 'flood 1', 'flood 2']) pauses.lengthen(key)
  expect(['phone', 'laptop', 'flood 1', 'flood 3'].map((key) => pauses.waitMs(key))).toEqual([30, 30, 60, 60])
  at = 24 * 100 + 1
  expect(pauses.waitMs('flood 4')).toBe(0)
})
