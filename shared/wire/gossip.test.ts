import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex, type DeviceKey, type RoomTag } from '../ids.ts'
import { encodeCbor, WireError, type Cbor } from './cbor.ts'
import { decodeGossipFrame, encodeGossipFrame, EPHEMERAL_MAX_BYTES, ephemeralSignedBytes, GOSSIP_FRAME_MAX_BYTES, gossipMessageId, topicOf, type GossipFrame } from './gossip.ts'

const device = '11'.repeat(32) as DeviceKey
const room = '22'.repeat(16) as RoomTag
const envelopeFrame: GossipFrame = { type: 'envelope', envelope: Uint8Array.of(0x83, 1, 2, 3), device }
const ephemeralFrame: GossipFrame = { type: 'ephemeral', sealed: Uint8Array.of(9, 8, 7), device, signature: new Uint8Array(64).fill(0x33) }

const reasonOf = (bytes: Uint8Array): string => {
  try {
    decodeGossipFrame(bytes)
  } catch (error) {
    if (error instanceof WireError) return error.reason
    throw error
  }
  return 'accepted'
}

describe('version 1 of the gossip frames is these bytes', () => {
  test.each([
    [envelopeFrame, `830044830102035820${'11'.repeat(32)}`],
    [ephemeralFrame, `8401430908075820${'11'.repeat(32)}5840${'33'.repeat(64)}`]
  ])('%#', (frame, hex) => {
    expect(toHex(encodeGossipFrame(frame))).toBe(hex)
    expect(decodeGossipFrame(fromHex(hex))).toEqual(frame)
  })

  test('the topic of a room and what a device signs for an unstored frame', () => {
    expect(topicOf(room)).toBe('parley/1/22222222222222222222222222222222')
    expect(toHex(ephemeralSignedBytes(room, Uint8Array.of(9, 8, 7)))).toBe(`${toHex(new TextEncoder().encode('parley/ephemeral-signature/1'))}${room}090807`)
  })
})

const LENGTHS = [0, 1, EPHEMERAL_MAX_BYTES, EPHEMERAL_MAX_BYTES + 1000]
test.each(LENGTHS)('a frame of %i bytes is known by the hash of its topic and its bytes', async (length) => {
  const frame = new Uint8Array(length).fill(7)
  const named = Uint8Array.from([...new TextEncoder().encode('parley/1/a'), 0, ...frame])
  expect(new Uint8Array(await gossipMessageId('parley/1/a', frame))).toEqual(new Uint8Array(await crypto.subtle.digest('SHA-256', named)))
})

test('an unstored frame is known without waiting for another thread', () => {
  expect(gossipMessageId('parley/1/a', new Uint8Array(EPHEMERAL_MAX_BYTES))).toBeInstanceOf(Uint8Array)
})

test('frames of every size come back', () => {
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => toHex(bytes) as DeviceKey)
  const frame = fc.oneof(
    fc.record({ type: fc.constant('envelope' as const), envelope: fc.uint8Array({ maxLength: 2000 }).map((b) => new Uint8Array(b)), device: key }),
    fc.record({
      type: fc.constant('ephemeral' as const), sealed: fc.uint8Array({ maxLength: EPHEMERAL_MAX_BYTES }).map((b) => new Uint8Array(b)),
      device: key, signature: fc.uint8Array({ minLength: 64, maxLength: 64 }).map((b) => new Uint8Array(b))
    }))
  fc.assert(fc.property(frame, (sent) => { expect(decodeGossipFrame(encodeGossipFrame(sent))).toEqual(sent) }))
})

test.each<[string, Cbor, string]>([
  ['no array', 7, 'malformed-gossip-frame'],
  ['an empty array', [], 'malformed-device-key'],
  ['a kind of a later version', [2, new Uint8Array(3), new Uint8Array(32)], 'unknown-gossip-frame'],
  ['an envelope with one field more', [0, new Uint8Array(3), new Uint8Array(32), 1], 'unknown-gossip-frame'],
  ['an unstored frame without its signature', [1, new Uint8Array(3), new Uint8Array(32)], 'unknown-gossip-frame'],
  ['a short device key', [0, new Uint8Array(3), new Uint8Array(31)], 'malformed-device-key'],
  ['an envelope that is no bytes', [0, 'x', new Uint8Array(32)], 'malformed-envelope'],
  ['an unstored frame that is too long', [1, new Uint8Array(EPHEMERAL_MAX_BYTES + 1), new Uint8Array(32), new Uint8Array(64)], 'malformed-ephemeral'],
  ['a short signature', [1, new Uint8Array(3), new Uint8Array(32), new Uint8Array(63)], 'malformed-signature']
])('%s is refused by its reason', (_, fields, reason) => { expect(reasonOf(encodeCbor(fields))).toBe(reason) })

test('a frame above the limit is refused before it is read', () => {
  expect(reasonOf(new Uint8Array(GOSSIP_FRAME_MAX_BYTES + 1))).toBe('frame-too-long')
  expect(reasonOf(new Uint8Array(GOSSIP_FRAME_MAX_BYTES))).toBe('malformed-cbor')
})

test('any bytes are either the one encoding of a frame or refused', () => {
  const near = fc.tuple(fc.constantFrom(envelopeFrame, ephemeralFrame), fc.nat(), fc.nat(255)).map(([frame, at, byte]) => {
    const bytes = encodeGossipFrame(frame)
    bytes[at % 12] = byte
    return bytes
  })
  fc.assert(fc.property(fc.oneof(near, fc.uint8Array()), (bytes) => {
    if (reasonOf(bytes) === 'accepted') expect(encodeGossipFrame(decodeGossipFrame(bytes))).toEqual(bytes)
  }), { numRuns: 2000 })
})

test('what is signed for one room is not what is signed for another', () => {
  const sealed = Uint8Array.of(1)
  expect(ephemeralSignedBytes(room, sealed)).not.toEqual(ephemeralSignedBytes('23'.repeat(16) as RoomTag, sealed))
})
