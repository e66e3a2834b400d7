import { expect, test } from 'vitest'
import type { DeviceKey } from '#shared/ids.ts'
import { orderHands } from './hands.ts'

const [alice, bob, carol] = ['alice', 'bob', 'carol'] as DeviceKey[] as [DeviceKey, DeviceKey, DeviceKey]

test('whoever raised a hand first stands first, wherever they sit', () => {
  expect(orderHands(orderHands([], [carol]), [alice, carol])).toEqual([carol, alice])
})

test('whoever lowers a hand and raises it again stands last', () => {
  const both = orderHands([], [alice, bob])
  expect(orderHands(orderHands(both, [bob]), [alice, bob])).toEqual([bob, alice])
})

test('nothing changes when no hand does', () => {
  const before = orderHands([], [alice, bob])
  expect(orderHands(before, [bob, alice])).toBe(before)
})
