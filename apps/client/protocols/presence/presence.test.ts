import { expect, it } from 'vitest'
import { encodeCbor, WireError } from '#shared/wire/cbor.ts'
import { decodePresence } from './index.ts'

const room = new Uint8Array(16).fill(0x11)

it('tells in the room who is in one of its voice rooms, and of another version nothing', () => {
  expect(decodePresence(encodeCbor([11, room, 7, 17, 6, 7])).content).toEqual({ type: 'voice', room: '11'.repeat(16), joinedAt: 7, media: 17 })
  expect(decodePresence(encodeCbor([11, room, 7, null, 6, 7])).content).toEqual({ type: 'voice', room: '11'.repeat(16), joinedAt: 7, media: null })
  expect(decodePresence(encodeCbor([77, room, 6, 7])).content).toEqual({ type: 'unknown' })
})

it.each([[[11]], [[11, new Uint8Array(15), 7, 1]], [[11, room, -1, 1]], [[11, room, 7, 'loud']]])('%o is refused', (fields) => {
  expect(() => decodePresence(encodeCbor([...fields, 6, 7]))).toThrow(WireError)
})

it.each([[[3]], [[3, 6]], [[0, 5, 6]], [[3, -1, 7]], [[3, 6, 0.5]], [[3, 6, null]]])('%o, without a time and a count, is refused', (fields) => {
  expect(() => decodePresence(encodeCbor(fields))).toThrow(WireError)
})
