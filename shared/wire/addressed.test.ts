import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex, type DeviceKey, type DevTag, type RoomTag } from '../ids.ts'
import { ADDRESSED_MAX_BYTES, decodeAddressed, encodeAddressed, HAVE_MAX_LOGS, type AddressedMessage } from './addressed.ts'
import { encodeCbor, WireError, type Cbor } from './cbor.ts'
import { encodeGossipFrame, EPHEMERAL_MAX_BYTES } from './gossip.ts'

const room = '11'.repeat(16) as RoomTag
const device = '22'.repeat(32) as DeviceKey
const devTag = '33'.repeat(16) as DevTag

const reasonOf = (bytes: Uint8Array): string => {
  try {
    decodeAddressed(bytes)
  } catch (error) {
    if (error instanceof WireError) return error.reason
    throw error
  }
  return 'accepted'
}

describe('version 1 of the addressed frames is these bytes', () => {
  test.each<[Exclude<AddressedMessage, { type: 'unknown' }>, string]>([
    [{ type: 'frame', room, device, frame: Uint8Array.of(9, 8) }, `840050${room}5820${device}420908`],
    [{ type: 'have', room, logs: [{ devTag, seq: 7 }] }, `830150${room}818250${devTag}07`],
    [{ type: 'count', request: 5, room, devTag, seq: 7 }, `85020550${room}50${devTag}07`],
    [{ type: 'counted', request: 5, devices: 40 }, '8303051828']
  ])('$0.type', (message, hex) => {
    expect(toHex(encodeAddressed(message))).toBe(hex)
    expect(decodeAddressed(fromHex(hex))).toEqual(message)
  })
})

test('an ephemeral frame of the greatest length fits into an addressed one', () => {
  const frame = encodeGossipFrame({ type: 'ephemeral', sealed: new Uint8Array(EPHEMERAL_MAX_BYTES), device, signature: new Uint8Array(64) })
  const bytes = encodeAddressed({ type: 'frame', room, device, frame })
  expect(bytes.length).toBeLessThanOrEqual(ADDRESSED_MAX_BYTES)
  expect(decodeAddressed(bytes)).toMatchObject({ type: 'frame', frame })
})

test('as many logs as one HAVE may name fit into a frame, with the largest positions', () => {
  const logs = Array.from({ length: HAVE_MAX_LOGS }, () => ({ devTag, seq: Number.MAX_SAFE_INTEGER }))
  expect(encodeAddressed({ type: 'have', room, logs }).length).toBeLessThanOrEqual(ADDRESSED_MAX_BYTES)
})

test.each<[string, Cbor, string]>([
  ['no array', 7, 'malformed-addressed'],
  ['an empty array', [], 'malformed-addressed-type'],
  ['a frame without its recipient', [0, fromHex(room), new Uint8Array(3)], 'malformed-addressed-frame'],
  ['a frame with a short room tag', [0, new Uint8Array(15), fromHex(device), new Uint8Array(3)], 'malformed-room-tag'],
  ['a frame to a short device key', [0, fromHex(room), new Uint8Array(31), new Uint8Array(3)], 'malformed-device-key'],
  ['a frame that is no bytes', [0, fromHex(room), fromHex(device), 'x'], 'malformed-frame'],
  ['too many logs', [1, fromHex(room), Array.from({ length: HAVE_MAX_LOGS + 1 }, () => 1)], 'too-many-logs'],
  ['a position before the first', [1, fromHex(room), [[fromHex(devTag), 0]]], 'malformed-seq'],
  ['a question with a negative number', [2, -1, fromHex(room), fromHex(devTag), 1], 'malformed-request'],
  ['a count that is no number', [3, 1, 'many'], 'malformed-devices']
])('%s is refused by its reason', (_, fields, reason) => { expect(reasonOf(encodeCbor(fields))).toBe(reason) })

test('a kind of a later version is skipped, and a frame above the limit is refused before it is read', () => {
  expect(decodeAddressed(encodeCbor([99, 'x']))).toEqual({ type: 'unknown' })
  expect(reasonOf(new Uint8Array(ADDRESSED_MAX_BYTES + 1))).toBe('frame-too-long')
})

test('any bytes are an addressed frame or a WireError', () => {
  const near = fc.tuple(fc.constantFrom<Cbor[]>([0, fromHex(room), fromHex(device), fromHex(room)], [1, fromHex(room), [[fromHex(devTag), 1]]]),
    fc.nat(), fc.nat(255)).map(([fields, at, byte]) => {
    const bytes = encodeCbor(fields)
    bytes[at % bytes.length] = byte
    return bytes
  })
  fc.assert(fc.property(fc.oneof(near, fc.uint8Array({ maxLength: 300 })), (bytes) => {
    if (reasonOf(bytes) !== 'accepted') return
    const message = decodeAddressed(bytes)
    if (message.type !== 'unknown') expect(encodeAddressed(message)).toEqual(bytes)
  }), { numRuns: 2000 })
})
