import { expect, test } from 'vitest'
import { createPace, type Pace } from './pace.ts'

const frames = (pace: Pace, count: number, costMs: number): boolean => Array.from({ length: count }, () => pace.add(costMs)).includes(true)

test('a machine that keeps up draws every pixel and looks for the outline in every frame, for good', () => {
  const pace = createPace(30)
  expect(frames(pace, 10_000, 30)).toBe(false)
  expect(pace.step).toEqual({ scale: 1, maskEvery: 1 })
})

test('one that does not draws fewer pixels first, then looks less often, and only then gives up', () => {
  const pace = createPace(30)
  expect(frames(pace, 50, 50)).toBe(false)
  expect(pace.step).toEqual({ scale: 0.5, maskEvery: 1 })
  expect(frames(pace, 30, 50)).toBe(false)
  expect(pace.step).toEqual({ scale: 0.5, maskEvery: 3 })
  expect(frames(pace, 30, 50)).toBe(true)
})

test('one that keeps up with less stays there', () => {
  const pace = createPace(30)
  frames(pace, 50, 50)
  expect(frames(pace, 6000, 25)).toBe(false)
  expect(pace.step).toEqual({ scale: 0.5, maskEvery: 1 })
})

test('slow first frames and a single hiccup decide nothing', () => {
  const pace = createPace(30)
  frames(pace, 20, 400)
  for (let i = 0; i < 20; i++) {
    pace.add(600)
    frames(pace, 29, 10)
  }
  expect(pace.step).toEqual({ scale: 1, maskEvery: 1 })
})

test('a camera that brings few frames leaves more time for each', () => {
  const pace = createPace(15)
  expect(frames(pace, 6000, 60)).toBe(false)
  expect(pace.step).toEqual({ scale: 1, maskEvery: 1 })
  expect(frames(pace, 110, 70)).toBe(true)
})
