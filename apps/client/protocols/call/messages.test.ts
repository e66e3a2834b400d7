import fc from 'fast-check'
import { expect, it } from 'vitest'
import { toHex, type RoomTag } from '#shared/ids.ts'
import { encodeCbor, WireError } from '#shared/wire/cbor.ts'
import { decodeCallMessage, encodeCallMessage, SDP_MAX_CHARS, type CallMessage } from './messages.ts'

const roomTag = '11'.repeat(16) as RoomTag
const media = { microphone: true, camera: false, screen: true, hand: false, recording: false }
const session = 'ab'.repeat(8)

const messages: [CallMessage, string][] = [
  [{ type: 'hello', roomTag, media, session: null }, '85000150111111111111111111111111111111110' + '5f6'],
  [{ type: 'offer', round: 1, session, sdp: 'v=0' }, '840101' + '48abababababababab' + '63763d30'],
  [{ type: 'answer', round: 2, sdp: 'v=0' }, '83020263763d30'],
  [{ type: 'candidate', candidate: '', mid: '0' }, '8303606130'],
  [{ type: 'media', media }, '820405'],
  [{ type: 'media', media: { ...media, recording: true } }, '820415'],
  [{ type: 'media', media, isRelayed: false }, '83040500'],
  [{ type: 'media', media, isRelayed: true }, '83040501'],
  [{ type: 'restart' }, '8105'],
  [{ type: 'bye', reason: 'full' }, '820603']
]

it.each(messages)('%o has these bytes, for good', (message, hex) => {
  expect(toHex(encodeCallMessage(message))).toBe(hex)
  expect(decodeCallMessage(encodeCallMessage(message))).toEqual(message)
})

it('what is too long, of another version or unknown is refused', () => {
  expect(() => decodeCallMessage(encodeCbor([1, 1, new Uint8Array(8), 'x'.repeat(SDP_MAX_CHARS + 1)]))).toThrow(WireError)
  expect(() => decodeCallMessage(encodeCbor([0, 2, new Uint8Array(16), 0, null]))).toThrow('call-version')
  expect(() => decodeCallMessage(encodeCbor([77]))).toThrow('unknown-call-message')
})

it('any bytes are a message or a WireError', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
    try {
      decodeCallMessage(bytes)
    } catch (error) {
      expect(error).toBeInstanceOf(WireError)
    }
  }))
})
