import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fromHex, toHex, type DeviceKey } from '#shared/ids.ts'
import { encodeCbor, WireError } from '#shared/wire/cbor.ts'
import { decodePresence } from './index.ts'

const device = 'ab'.repeat(32) as DeviceKey

it('an order of a moderator has these bytes, for good', () => {
  const bytes = '870a015820' + 'ab'.repeat(32) + '1903e8' + '1907d0' + '0607'
  expect(toHex(encodeCbor([10, 1, fromHex(device), 1000, 2000, 6, 7]))).toBe(bytes)
  expect(decodePresence(fromHex(bytes))).toEqual({ content: { type: 'order', action: 'remove', device, joinedAt: 1000, at: 2000 }, sentAt: 6, count: 7 })
})

it('an order that is not known yet is nothing, and a malformed one is refused', () => {
  expect(decodePresence(encodeCbor([10, 77, fromHex(device), 1, 2, 6, 7])).content).toEqual({ type: 'unknown' })
  expect(() => decodePresence(encodeCbor([10, 0, fromHex('ab'), 1, 2, 6, 7]))).toThrow(WireError)
  expect(() => decodePresence(encodeCbor([10, 0, fromHex(device), -1, 2, 6, 7]))).toThrow(WireError)
})

it('any bytes are presence or a WireError', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
    try {
      decodePresence(bytes)
    } catch (error) {
      expect(error).toBeInstanceOf(WireError)
    }
  }))
})
