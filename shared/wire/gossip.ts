/**
 * What travels on a room's gossip topic `parley/1/<room tag>`:
 *
 *     frame = [0, envelope (bytes), device key (32 B)]      an entry of a log
 *           | [1, sealed (bytes), device key (32 B), signature (64 B)]   small, unstored: presence, typing, receipts
 *
 * The device key lets a carrier that is no member (the node) check the signature, since an envelope names its author by tag only.
 */
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { toHex, fromHex, type DeviceKey, type RoomTag } from '../ids.ts'
import { decodeCbor, encodeCbor, readArray, readBytes, WireError } from './cbor.ts'
import { concat, sha256 } from './envelope.ts'
import { OPERATION_MAX_BYTES } from '../limits.ts'
import { RENDEZVOUS_MAX_ROOMS } from './rendezvous.ts'

/** The largest operation, its prefix and the device key. */
export const GOSSIP_FRAME_MAX_BYTES = OPERATION_MAX_BYTES + 64
/** Presence, typing and receipts of a burst from 64 devices. */
export const EPHEMERAL_MAX_BYTES = 4096
/** One RPC of gossipsub may carry several frames (answers to IWANT). */
export const GOSSIP_RPC_MAX_BYTES = 1024 * 1024
/** What may wait for one peer before its stream is given up: libp2p's limit for what is unread, so more would be lost anyway. */
export const GOSSIP_BACKLOG_MAX_BYTES = 4 * 1024 * 1024
/**
 * What one RPC may hold, so that a small frame cannot become a million objects. A client tells of all its rooms at once; everything else is
 * far below that. Peers that are suggested for exchange are never used.
 */
export const GOSSIP_DECODE_LIMITS = {
  maxSubscriptions: RENDEZVOUS_MAX_ROOMS + 100, maxControlMessages: RENDEZVOUS_MAX_ROOMS + 100,
  maxMessages: 1000, maxIhaveMessageIDs: 1000, maxIwantMessageIDs: 1000, maxIdontwantMessageIDs: 512, maxPeerInfos: 0
}
/** Topics of one peer, as gossipsub counts them: the name and 1 kB each. */
export const GOSSIP_TOPIC_BYTES_MAX = (RENDEZVOUS_MAX_ROOMS + 100) * 1100
/** Longer than any detour of a frame; each frame that was seen costs 200 bytes until then. */
export const GOSSIP_SEEN_TTL_MS = 60_000
/** All unstored frames. */
const HASHED_AT_ONCE_MAX_BYTES = EPHEMERAL_MAX_BYTES + 256
const textEncoder = new TextEncoder()
const EPHEMERAL_CONTEXT = textEncoder.encode('parley/ephemeral-signature/1')

export type GossipFrame =
  | { type: 'envelope', envelope: Uint8Array<ArrayBuffer>, device: DeviceKey }
  | { type: 'ephemeral', sealed: Uint8Array<ArrayBuffer>, device: DeviceKey, signature: Uint8Array<ArrayBuffer> }

export const topicOf = (roomTag: RoomTag): string => `parley/1/${roomTag}`

/**
 * How gossip knows that it has seen a frame: a hash of its bytes, since a number or a part of them could be raced by somebody who wants the
 * true frame to pass for seen. Bound to the topic, or else a frame could be made 'seen' in a room by publishing it in another.
 * Every frame is hashed, also one that is dropped next: for a short one WebCrypto, which goes by way of another thread,
 * costs seven times as much.
 */
export function gossipMessageId (topic: string, frame: Uint8Array): Uint8Array | Promise<Uint8Array> {
  const named = concat(textEncoder.encode(topic), Uint8Array.of(0), frame)
  return named.length > HASHED_AT_ONCE_MAX_BYTES ? sha256(named) : nobleSha256(named)
}

export function encodeGossipFrame (frame: GossipFrame): Uint8Array<ArrayBuffer> {
  return frame.type === 'envelope'
    ? encodeCbor([0, frame.envelope, fromHex(frame.device)])
    : encodeCbor([1, frame.sealed, fromHex(frame.device), frame.signature])
}

/** @throws {WireError} */
export function decodeGossipFrame (bytes: Uint8Array): GossipFrame {
  if (bytes.length > GOSSIP_FRAME_MAX_BYTES) throw new WireError('frame-too-long')
  const fields = readArray(decodeCbor(bytes), 'gossip-frame')
  const device = toHex(readBytes(fields[2], 'device-key', 32)) as DeviceKey
  if (fields[0] === 0 && fields.length === 3) return { type: 'envelope', envelope: readBytes(fields[1], 'envelope'), device }
  if (fields[0] === 1 && fields.length === 4) {
    return {
      type: 'ephemeral',
      sealed: readBytes(fields[1], 'ephemeral', undefined, EPHEMERAL_MAX_BYTES),
      device,
      signature: readBytes(fields[3], 'signature', 64)
    }
  }
  throw new WireError('unknown-gossip-frame')
}

/** What the device key signs for an unstored frame: bound to the room, so that it cannot be moved to another. */
export const ephemeralSignedBytes = (roomTag: RoomTag, sealed: Uint8Array): Uint8Array<ArrayBuffer> =>
  concat(EPHEMERAL_CONTEXT, fromHex(roomTag), sealed)
