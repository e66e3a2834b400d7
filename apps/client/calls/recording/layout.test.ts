import { expect, test } from 'vitest'
import { fitInto, gridOf } from './layout.ts'

const PAGE = { width: 1200, height: 600 }

test('one picture has all the room, two stand side by side, and of three the last is in the middle below', () => {
  expect(gridOf(0, PAGE)).toEqual([])
  expect(gridOf(1, PAGE)).toEqual([{ x: 0, y: 0, width: 1200, height: 600 }])
  expect(gridOf(2, PAGE).map(({ x, y }) => [x, y])).toEqual([[0, 0], [600, 0]])
  expect(gridOf(3, PAGE)).toEqual([
    { x: 0, y: 0, width: 600, height: 300 }, { x: 600, y: 0, width: 600, height: 300 }, { x: 300, y: 300, width: 600, height: 300 }
  ])
})

test('any number of pictures lies inside the page, and none over another', () => {
  for (let count = 1; count <= 20; count++) {
    const boxes = gridOf(count, PAGE)
    expect(boxes).toHaveLength(count)
    for (const [nth, box] of boxes.entries()) {
      expect(box.x).toBeGreaterThanOrEqual(0)
      expect(box.x + box.width).toBeLessThanOrEqual(PAGE.width + 0.001)
      expect(box.y + box.height).toBeLessThanOrEqual(PAGE.height + 0.001)
      for (const other of boxes.slice(nth + 1)) {
        const isApart = box.x + box.width <= other.x + 0.001 || other.x + other.width <= box.x + 0.001 || box.y + box.height <= other.y + 0.001
        expect(isApart, `${count} pictures`).toBe(true)
      }
    }
  }
})

test('a picture keeps its shape, whatever shape its place has', () => {
  expect(fitInto({ x: 0, y: 0, width: 1200, height: 600 }, { width: 300, height: 300 })).toEqual({ x: 300, y: 0, width: 600, height: 600 })
  expect(fitInto({ x: 10, y: 10, width: 100, height: 100 }, { width: 200, height: 100 })).toEqual({ x: 10, y: 35, width: 100, height: 50 })
})
