import { expect, test } from 'vitest'
import { encodeCbor } from './wire/cbor.ts'
import { encodeEnvelope, encodeHeader, HEADS_MAX, type EnvelopeHeader } from './wire/envelope.ts'
import { encodeGossipFrame, GOSSIP_FRAME_MAX_BYTES } from './wire/gossip.ts'
import type { DeviceKey, DevTag, EnvelopeId, EpochId, RoomTag } from './ids.ts'
import * as limits from './limits.ts'

const MAX = Number.MAX_SAFE_INTEGER
const widest: EnvelopeHeader = {
  kind: 'message', roomTag: 'ff'.repeat(16) as RoomTag, devTag: 'ff'.repeat(16) as DevTag, seq: MAX, prev: 'ff'.repeat(32) as EnvelopeId,
  lamport: MAX, sentAt: MAX, epochId: 'ff'.repeat(32) as EpochId,
  heads: Array.from({ length: HEADS_MAX }, (_, i) => (i + 16).toString(16).repeat(32) as EnvelopeId)
}

const bytesAround = (kind: EnvelopeHeader['kind'], ciphertextBytes: number): Uint8Array => {
  const header = { ...widest, kind }
  return encodeEnvelope({
    header, headerBytes: encodeHeader(header), id: '' as EnvelopeId, signature: new Uint8Array(64),
    body: { nonce: new Uint8Array(12), ciphertext: new Uint8Array(ciphertextBytes) }
  })
}

test('the longest message fits its envelope after padding, with the widest header there can be', () => {
  const content = encodeCbor([0, 'a'.repeat(limits.MESSAGE_MAX_BYTES)]).length + 1
  expect(bytesAround('message', Math.ceil(content * 1.12) + 16).length).toBeLessThanOrEqual(limits.ENVELOPE_MAX_BYTES)
})

test('a rotation for a full room fits an operation after padding', () => {
  const wraps = limits.ROOM_MAX_MEMBERS * encodeCbor(new Uint8Array(48)).length
  const rest = 16 + 16 + 32 + 32 + 60 + 60 + 32 + 64
  expect(bytesAround('operation', Math.ceil((wraps + rest) * 1.12) + 16).length).toBeLessThanOrEqual(limits.OPERATION_MAX_BYTES)
})

test('the largest operation fits a gossip frame, and a gossip frame fits a frame of a stream', () => {
  const envelope = new Uint8Array(limits.OPERATION_MAX_BYTES)
  expect(encodeGossipFrame({ type: 'envelope', envelope, device: 'ff'.repeat(32) as DeviceKey }).length).toBeLessThanOrEqual(GOSSIP_FRAME_MAX_BYTES)
  expect(GOSSIP_FRAME_MAX_BYTES).toBeLessThan(limits.FRAME_MAX_BYTES)
})

test('a passport is refreshed well before it ends, and a code can be asked for again before it ends', () => {
  expect(limits.PASSPORT_REFRESH_BEFORE_MS).toBeLessThan(limits.PASSPORT_TTL_MS)
  expect(limits.CODE_COOLDOWN_MS).toBeLessThan(limits.CODE_TTL_MS)
  expect(limits.SYNC_CREDIT_BYTES).toBeGreaterThan(limits.FRAME_MAX_BYTES)
})
