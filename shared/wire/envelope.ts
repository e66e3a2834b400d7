/**
 * The envelope: one entry of a device's log in a room, sealed and signed. Readable by members only; its header can be read and its
 * signature checked by anybody who carries it (the mailbox, a peer that has not yet got the key).
 *
 *     envelope  = [header (bytes), body, signature (64 B)]
 *     header    = CBOR [v, kind, roomTag, devTag, seq, prev, lamport, sentAt, epochId, heads, alg]       also the AAD of the body
 *     body      = [nonce (12 B), ciphertext]  or, once erased,  bodyHash (32 B)
 *     bodyHash  = SHA-256(nonce ‖ ciphertext)
 *     id        = SHA-256('parley/envelope/1' ‖ header ‖ bodyHash)
 *     signature = Ed25519(device key, 'parley/envelope-signature/1' ‖ id)
 *
 * The id goes over the hash of the body, so that a body can be erased while the chain of `prev` stays verifiable.
 */
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { fromHex, toHex, type DevTag, type DeviceKey, type EnvelopeId, type EpochId, type RoomTag } from '../ids.ts'
import { ENVELOPE_MAX_BYTES, OPERATION_MAX_BYTES } from '../limits.ts'
import { decodeCbor, decodeKnownCbor, readArray, readBytes, readUint, WireError } from './cbor.ts'
import { readEpochId } from './epoch-id.ts'
import { CborWriter } from './cbor-writer.ts'

export const ENVELOPE_VERSION = 1
/** AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D); rotation after 20,000 messages keeps far below its bound of 2^32. */
export const ALG_AES_256_GCM = 1
export const NONCE_BYTES = 12
/** Concurrent operations are rare; more heads than this is abuse. */
export const HEADS_MAX = 16

const ID_CONTEXT = new TextEncoder().encode('parley/envelope/1')
const SIGNATURE_CONTEXT = new TextEncoder().encode('parley/envelope-signature/1')
const DEV_TAG_CONTEXT = new TextEncoder().encode('parley/device-tag/1')

export type EnvelopeKind = 'message' | 'operation'

export interface EnvelopeHeader {
  kind: EnvelopeKind
  roomTag: RoomTag
  /** Whose log this is an entry of. */
  devTag: DevTag
  /** Position in that log, from 1, without gaps. */
  seq: number
  /** Id of the entry before; null at `seq` 1 only. */
  prev: EnvelopeId | null
  /** Lamport clock by its author's word: grows along the log. Used for display order only, and within bounds. */
  lamport: number
  /** Unix ms by the author's clock. Never trusted for order. */
  sentAt: number
  /** The epoch whose key seals the body. */
  epochId: EpochId
  /** The operations its author had seen, by the newest of each branch, sorted. */
  heads: readonly EnvelopeId[]
}

export type EnvelopeBody =
  | { nonce: Uint8Array<ArrayBuffer>, ciphertext: Uint8Array<ArrayBuffer> }
  | { erasedHash: Uint8Array<ArrayBuffer> }

export interface Envelope {
  header: EnvelopeHeader
  /** The exact bytes of the header: what is hashed, and the AAD of the body. */
  headerBytes: Uint8Array<ArrayBuffer>
  body: EnvelopeBody
  signature: Uint8Array<ArrayBuffer>
  id: EnvelopeId
}

declare const verified: unique symbol
/** An envelope whose signature, or place in a chain under a signature, was checked against `device`. */
export type VerifiedEnvelope = Envelope & { readonly device: DeviceKey, readonly [verified]: true }

/** Of a header without heads, and of each head. */
const HEADER_MAX_BYTES = 128, HEAD_BYTES = 34

export function encodeHeader ({ kind, roomTag, devTag, seq, prev, lamport, sentAt, epochId, heads }: EnvelopeHeader): Uint8Array<ArrayBuffer> {
  const writer = new CborWriter(HEADER_MAX_BYTES + heads.length * HEAD_BYTES)
    .array(11).uint(ENVELOPE_VERSION).uint(kind === 'message' ? 0 : 1).hex(roomTag).hex(devTag).uint(seq)
  if (prev === null) writer.null()
  else writer.hex(prev)
  writer.uint(lamport).uint(sentAt).hex(epochId).array(heads.length)
  for (const head of heads) writer.hex(head)
  return writer.uint(ALG_AES_256_GCM).end()
}

/** @throws {WireError} */
export const decodeHeader = (bytes: Uint8Array): EnvelopeHeader => toHeader(decodeCbor(bytes))

function toHeader (value: unknown): EnvelopeHeader {
  const [v, kind, roomTag, devTag, seq, prev, lamport, sentAt, epochId, heads, alg] = readArray(value, 'header', 11)
  if (v !== ENVELOPE_VERSION) throw new WireError('envelope-version')
  if (kind !== 0 && kind !== 1) throw new WireError('malformed-kind')
  if (alg !== ALG_AES_256_GCM) throw new WireError('unknown-alg')
  const header: EnvelopeHeader = {
    kind: kind === 0 ? 'message' : 'operation',
    roomTag: toHex(readBytes(roomTag, 'room-tag', 16)) as RoomTag,
    devTag: toHex(readBytes(devTag, 'dev-tag', 16)) as DevTag,
    seq: readUint(seq, 'seq', 1),
    prev: prev === null ? null : toHex(readBytes(prev, 'prev', 32)) as EnvelopeId,
    lamport: readUint(lamport, 'lamport', 1),
    sentAt: readUint(sentAt, 'sent-at'),
    epochId: readEpochId(epochId),
    heads: readArray(heads, 'heads').map((head) => toHex(readBytes(head, 'head', 32)) as EnvelopeId)
  }
  if ((header.prev === null) !== (header.seq === 1)) throw new WireError('malformed-prev')
  if (header.heads.length > HEADS_MAX) throw new WireError('too-many-heads')
  if (header.heads.some((head, i) => i > 0 && head <= (header.heads[i - 1] ?? ''))) throw new WireError('malformed-heads')
  return header
}

export const maxEnvelopeBytes = (kind: EnvelopeKind): number => kind === 'message' ? ENVELOPE_MAX_BYTES : OPERATION_MAX_BYTES

/** What CBOR adds to the parts of an envelope, at most. */
const ENVELOPE_FRAME_BYTES = 32

export function encodeEnvelope ({ headerBytes, body, signature }: Envelope): Uint8Array<ArrayBuffer> {
  const bodyBytes = 'erasedHash' in body ? body.erasedHash.length : body.nonce.length + body.ciphertext.length
  const writer = new CborWriter(headerBytes.length + bodyBytes + signature.length + ENVELOPE_FRAME_BYTES).array(3).bytes(headerBytes)
  if ('erasedHash' in body) writer.bytes(body.erasedHash)
  else writer.array(2).bytes(body.nonce).bytes(body.ciphertext)
  return writer.bytes(signature).end()
}

/** @throws {WireError} */
export function decodeBody (value: unknown): EnvelopeBody {
  if (value instanceof Uint8Array) return { erasedHash: readBytes(value, 'body-hash', 32) }
  const [nonce, ciphertext] = readArray(value, 'body', 2)
  return { nonce: readBytes(nonce, 'nonce', NONCE_BYTES), ciphertext: readBytes(ciphertext, 'ciphertext', undefined, OPERATION_MAX_BYTES) }
}

/** Reads an envelope and computes its id; the signature is not yet checked. @throws {WireError} rejects */
export const decodeEnvelope = async (bytes: Uint8Array): Promise<Envelope> => await assembleEnvelope(toEnvelope(bytes, decodeCbor))

/** Reads an envelope whose id is known, from one's own store: in its one form, since it came in by `decodeEnvelope`. @throws {WireError} */
export const readEnvelope = (bytes: Uint8Array): Omit<Envelope, 'id'> => toEnvelope(bytes, decodeKnownCbor)

function toEnvelope (bytes: Uint8Array, read: typeof decodeCbor): Omit<Envelope, 'id'> {
  if (bytes.length > OPERATION_MAX_BYTES) throw new WireError('envelope-too-long')
  const [headerField, bodyField, signature] = readArray(read(bytes), 'envelope', 3)
  const headerBytes = readBytes(headerField, 'header')
  const header = toHeader(read(headerBytes))
  if (bytes.length > maxEnvelopeBytes(header.kind)) throw new WireError('envelope-too-long')
  return { header, headerBytes, body: decodeBody(bodyField), signature: readBytes(signature, 'signature', 64) }
}

export async function assembleEnvelope (parts: Omit<Envelope, 'id'>): Promise<Envelope> {
  return { ...parts, id: await computeEnvelopeId(parts.headerBytes, parts.body) }
}

export const computeEnvelopeId = async (headerBytes: Uint8Array, body: EnvelopeBody): Promise<EnvelopeId> =>
  await Promise.resolve(envelopeIdOf(headerBytes, body))

/**
 * Synchronous, unlike WebCrypto: ids of a chain follow from one another, and waiting for a thread twice per entry costs five times as much
 * as hashing these few hundred bytes (10,000 entries: 70 ms against 370 ms, Node 24; 1.3 s on a busy machine).
 */
export function envelopeIdOf (headerBytes: Uint8Array, body: EnvelopeBody): EnvelopeId {
  const bodyHash = 'erasedHash' in body ? body.erasedHash : nobleSha256(concat(body.nonce, body.ciphertext))
  return toHex(nobleSha256(concat(ID_CONTEXT, headerBytes, bodyHash))) as EnvelopeId
}

/** The same entry without its body: id, place in the chain and signature stand. */
export async function eraseBody<T extends Envelope> (envelope: T): Promise<T> {
  const { body } = envelope
  return 'erasedHash' in body ? envelope : { ...envelope, body: { erasedHash: await sha256(concat(body.nonce, body.ciphertext)) } }
}

/** What the device key signs for an envelope. */
export const signedBytes = (id: EnvelopeId): Uint8Array<ArrayBuffer> => concat(SIGNATURE_CONTEXT, fromHex(id))

/**
 * The name of a device's log in one room; binds it to the device key without telling the same name in two rooms. Synchronous for the same reason as
 * `envelopeIdOf`: it is checked for each envelope that comes in by itself.
 */
export const computeDevTag = (roomTag: RoomTag, device: DeviceKey): DevTag =>
  toHex(nobleSha256(concat(DEV_TAG_CONTEXT, fromHex(roomTag), fromHex(device))).subarray(0, 16)) as DevTag

const deviceKeys = new Map<DeviceKey, Promise<CryptoKey>>()
/** Twice the devices of the largest room. */
const DEVICE_KEYS_MAX = 1000

/** Remembers keys: a device that writes once writes again. */
export async function importDeviceKey (device: DeviceKey): Promise<CryptoKey> {
  let key = deviceKeys.get(device)
  if (key === undefined) {
    if (deviceKeys.size >= DEVICE_KEYS_MAX) deviceKeys.clear()
    deviceKeys.set(device, key = crypto.subtle.importKey('raw', fromHex(device), 'Ed25519', false, ['verify']))
  }
  return await key
}

/**
 * Checks that `device` wrote and signed the envelope.
 * @throws {WireError} `dev-tag-mismatch`, `bad-device-key` or `bad-signature` (rejects)
 */
export async function verifyEnvelope (envelope: Envelope, device: DeviceKey): Promise<VerifiedEnvelope> {
  if (computeDevTag(envelope.header.roomTag, device) !== envelope.header.devTag) throw new WireError('dev-tag-mismatch')
  let key: CryptoKey
  try {
    key = await importDeviceKey(device)
  } catch (cause) {
    throw new WireError('bad-device-key', { cause })
  }
  if (!await crypto.subtle.verify('Ed25519', key, envelope.signature, signedBytes(envelope.id))) throw new WireError('bad-signature')
  return markVerified(envelope, device)
}

/**
 * Checks a run of one device's log: consecutive, each naming the one before, the last one signed. One signature authenticates all of it,
 * since each id is a hash over the id before. The others' signatures travel along and are checked by whoever starts a run at them.
 * @throws {WireError} `empty-run`, `broken-chain` or as `verifyEnvelope` (rejects)
 */
export async function verifyRun (run: readonly Envelope[], device: DeviceKey): Promise<VerifiedEnvelope[]> {
  const last = run.at(-1)
  if (last === undefined) throw new WireError('empty-run')
  for (let i = 1; i < run.length; i++) {
    const before = run[i - 1], entry = run[i]
    if (before === undefined || entry === undefined) throw new WireError('broken-chain')
    const { header } = entry
    if (header.prev !== before.id || header.seq !== before.header.seq + 1 || header.devTag !== before.header.devTag ||
        header.roomTag !== before.header.roomTag || header.lamport <= before.header.lamport) throw new WireError('broken-chain')
  }
  await verifyEnvelope(last, device)
  return run.map((envelope) => markVerified(envelope, device))
}

/** Only for what this device wrote or verified before and kept in its own sealed store. */
export const markVerified = (envelope: Envelope, device: DeviceKey): VerifiedEnvelope => ({ ...envelope, device }) as VerifiedEnvelope

export const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))

export function concat (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
