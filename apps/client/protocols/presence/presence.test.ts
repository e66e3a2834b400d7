import { expect, it } from 'vitest'
import { encodeCbor, WireError } from '#shared/wire/cbor.ts'
import { decodePresence } from './index.ts'

const room = new Uint8Array(16).fill(0x11)

it('tells in the room who is in one of its voice rooms, and of another version nothing', () => {
  expect(decodePresence(encodeCbor([11, room, 7, 17]))).toEqual({ type: 'voice', room: '11'.repeat(16), joinedAt: 7, media: 17 })
  expect(decodePresence(encodeCbor([11, room, 7, null]))).toEqual({ type: 'voice', room: '11'.repeat(16), joinedAt: 7, media: null })
  expect(decodePresence(encodeCbor([77, room]))).toEqual({ type: 'unknown' })
})

it.each([[[11]], [[11, new Uint8Array(15), 7, 1]], [[11, room, -1, 1]], [[11, room, 7, 'loud']]])('%o is refused', (fields) => {
  expect(() => decodePresence(encodeCbor(fields))).toThrow(WireError)
})
