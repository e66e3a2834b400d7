/** The frames of `/parley/call/1`; see SPEC.md. */
import { fromHex, toHex, type RoomTag } from '#shared/ids.ts'
import { FRAME_MAX_BYTES } from '#shared/limits.ts'
import { decodeCbor, encodeCbor, readArray, readBytes, readText, readUint, WireError } from '#shared/wire/cbor.ts'

export const CALL_PROTOCOL = '/parley/call/1'
const VERSION = 1
/** A description of four sections with all codecs of a browser is about 8 kB. */
export const SDP_MAX_CHARS = 32_000
/** The longest candidate with an IPv6 address and related address is about 200. */
const CANDIDATE_MAX_CHARS = 500
export const CALL_FRAME_MAX_BYTES = FRAME_MAX_BYTES
export const SESSION_BYTES = 8

export interface CallMedia { microphone: boolean, camera: boolean, screen: boolean, hand: boolean, recording: boolean }

const BYE_REASONS = ['left', 'not-in-call', 'not-a-member', 'full', 'replaced', 'removed', 'locked'] as const
export type ByeReason = (typeof BYE_REASONS)[number]

export type CallMessage =
  | { type: 'hello', roomTag: RoomTag, media: CallMedia, session: string | null }
  | { type: 'offer', round: number, session: string, sdp: string }
  | { type: 'answer', round: number, sdp: string }
  /** An empty candidate says that there are no more. */
  | { type: 'candidate', candidate: string, mid: string }
  /** `isRelayed`: whether it is sent through a TURN server of the sender's, once that is known; versions before did not tell. */
  | { type: 'media', media: CallMedia, isRelayed?: boolean }
  | { type: 'restart' }
  | { type: 'bye', reason: ByeReason }

const HELLO = 0, OFFER = 1, ANSWER = 2, CANDIDATE = 3, MEDIA = 4, RESTART = 5, BYE = 6

export function encodeCallMessage (message: CallMessage): Uint8Array<ArrayBuffer> {
  switch (message.type) {
    case 'hello': return encodeCbor([HELLO, VERSION, fromHex(message.roomTag), toBits(message.media), message.session === null ? null : fromHex(message.session)])
    case 'offer': return encodeCbor([OFFER, message.round, fromHex(message.session), message.sdp])
    case 'answer': return encodeCbor([ANSWER, message.round, message.sdp])
    case 'candidate': return encodeCbor([CANDIDATE, message.candidate, message.mid])
    case 'media': return encodeCbor([MEDIA, toBits(message.media), ...message.isRelayed === undefined ? [] : [Number(message.isRelayed)]])
    case 'restart': return encodeCbor([RESTART])
    case 'bye': return encodeCbor([BYE, BYE_REASONS.indexOf(message.reason)])
  }
}

/** @throws {WireError} */
export function decodeCallMessage (bytes: Uint8Array): CallMessage {
  const fields = readArray(decodeCbor(bytes), 'call-message')
  switch (fields[0]) {
    case HELLO:
      if (fields[1] !== VERSION) throw new WireError('call-version')
      return {
        type: 'hello',
        roomTag: toHex(readBytes(fields[2], 'room-tag', 16)) as RoomTag,
        media: readMedia(fields[3]),
        session: fields[4] === null ? null : readSession(fields[4])
      }
    case OFFER: return { type: 'offer', round: readUint(fields[1], 'round'), session: readSession(fields[2]), sdp: readText(fields[3], 'sdp', SDP_MAX_CHARS) }
    case ANSWER: return { type: 'answer', round: readUint(fields[1], 'round'), sdp: readText(fields[2], 'sdp', SDP_MAX_CHARS) }
    case CANDIDATE: return { type: 'candidate', candidate: readText(fields[1], 'candidate', CANDIDATE_MAX_CHARS), mid: readText(fields[2], 'mid', 16) }
    case MEDIA: return { type: 'media', media: readMedia(fields[1]), ...fields[2] === undefined ? {} : { isRelayed: readUint(fields[2], 'relayed') !== 0 } }
    case RESTART: return { type: 'restart' }
    case BYE: return { type: 'bye', reason: BYE_REASONS[readUint(fields[1], 'bye-reason')] ?? 'left' }
    default: throw new WireError('unknown-call-message')
  }
}

const readSession = (value: unknown): string => toHex(readBytes(value, 'session', SESSION_BYTES))

export const toBits = ({ microphone, camera, screen, hand, recording }: CallMedia): number =>
  Number(microphone) + 2 * Number(camera) + 4 * Number(screen) + 8 * Number(hand) + 16 * Number(recording)

/** Bits of later versions are ignored. @throws {WireError} */
export function readMedia (value: unknown): CallMedia {
  const bits = readUint(value, 'media')
  return { microphone: (bits & 1) !== 0, camera: (bits & 2) !== 0, screen: (bits & 4) !== 0, hand: (bits & 8) !== 0, recording: (bits & 16) !== 0 }
}
