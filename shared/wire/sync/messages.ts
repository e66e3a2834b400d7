/**
 * The frames of `/parley/sync/1`. Each is one CBOR array that starts with its type; hex ids of our types are raw bytes on the wire.
 *
 *     HELLO    [0, v, roomTag 16, epochId 32, proof 0|64, root 8, buckets 4…128]       132-257 B, initiator, first
 *     SAME     [1, epochId 32, proof 0|64]                                            101 B    responder: the vectors are equal; the end
 *     VEC      [2, access, mask, more, [log, …]]
 *                access = [epochId 32, proof 0|64] from the responder, null from the initiator and in further pages
 *                log    = [device 32, head 16, [from, to, …]]                          ~55 B and 2-10 B per range
 *                       | n                   1-2 B, from the initiator: the same as the responder's n-th log
 *                       | [n, head 16, [from, to, …]]   ~22 B, from the initiator: another state of that device's log
 *     WANT     [3, mode, [devTag 16, …], [n-th tag, from, to, …]]                      ~20 B + 17 B per log + 3-11 B per range
 *     RUN      [4, n-th range, [epochId 32, …], [[head 32, …], …], [segment, …]]       see run.ts; at most 60 kB
 *     ACK      [5, bytes]                                                              3-9 B
 *     END      [6]                                                                     2 B     all of the last WANT was sent
 *     FORK     [7, device 32, envelope, envelope]                                      ~0.7 kB both without body
 *     ERROR    [8, code]                                                               3 B     and the stream ends
 *     REGISTER [9, access key 32]                                                      36 B    initiator, after unknown-room
 *     DONE     [10]                                                                    2 B     this side wants nothing more
 */
import { fromHex, toHex, type DevTag, type DeviceKey, type EpochId, type RoomTag } from '../../ids.ts'
import { FRAME_MAX_BYTES } from '../../limits.ts'
import { decodeCbor, decodeFirstCbor, encodeCbor, readArray, readBytes, readUint, WireError, type Cbor } from '../cbor.ts'
import { readEpochId } from '../epoch-id.ts'
import { PROOF_BYTES } from './access.ts'
import { BUCKET_DIGEST_BYTES, BUCKETS_MAX, ROOT_DIGEST_BYTES } from './digest.ts'
import type { LogRange } from './replica.ts'
import { readRunEpochs, readRunFields, writeRunFields, type ElidedRun } from './run.ts'

export const SYNC_PROTOCOL = '/parley/sync/1'
export const SYNC_VERSION = 1
/** Ranges of one log in a VEC: whoever holds more islands tells the newest only and may be sent what it has. */
export const LOG_RANGES_MAX = 64
/** Ranges of one WANT: 200,000 entries in windows of 200, far more than a round trip takes to serve. */
export const WANT_RANGES_MAX = 1024
/** Of a head's id in a VEC: enough to tell two apart that somebody has made to be alike. */
export const HEAD_START_BYTES = 16
/** Logs in one frame of VEC, so that it stays under the frame limit also with many ranges. */
export const VEC_PAGE_LOGS = 128
/** A header with the most heads, the signature and the body's hash: what an envelope of a FORK can be at most. */
const FORK_ENVELOPE_MAX_BYTES = 1024

const ERROR_CODES = { 1: 'no-access', 2: 'unknown-room', 3: 'busy', 4: 'full', 5: 'version' } as const
/** `full`: the other side cannot store more (disk, quota). `version`: it speaks another version of the protocol. */
export type SyncErrorCode = typeof ERROR_CODES[keyof typeof ERROR_CODES]

export interface Hello {
  type: 'hello'
  roomTag: RoomTag
  epochId: EpochId
  /** 64 bytes, or none from a carrier. */
  proof: Uint8Array<ArrayBuffer>
  /** Digest of the whole vector, 8 bytes. */
  root: Uint8Array<ArrayBuffer>
  /** Digest per bucket, 4 bytes for each of 1, 2, 4, … 32. */
  buckets: Uint8Array<ArrayBuffer>
}

export interface Same {
  type: 'same'
  epochId: EpochId
  proof: Uint8Array<ArrayBuffer>
}

/** How far a log goes, as somebody claims to hold it. */
export interface LogState {
  /** Hex of the first 16 bytes of the newest entry's id. */
  headStart: string
  /** Ascending, disjoint, not adjacent; 1 to 64 of them. */
  have: readonly LogRange[]
}

/** A log as the other side claims to hold it. Its tag follows from the device key and is computed by whoever reads this. */
export interface ClaimedLog extends LogState { device: DeviceKey }

/** A log that the responder has listed as its n-th (from 0 over all pages): the same at the initiator, or in another state. */
export interface ListedLog { nth: number, state: LogState | null }

export interface Vec {
  type: 'vec'
  /** The responder's proof; null where the proof was given before. */
  access: { epochId: EpochId, proof: Uint8Array<ArrayBuffer> } | null
  /** Which buckets this vector tells of: bit n for bucket n. Logs of these that are not listed are not held at all. */
  mask: number
  /** Another page follows. */
  more: boolean
  logs: readonly (ClaimedLog | ListedLog)[]
}

export type WantMode = 'all' | 'operations'

export interface WantedRange extends LogRange { devTag: DevTag }

export interface Want {
  type: 'want'
  /** `operations`: only these, each checked by its own signature. */
  mode: WantMode
  /** In the order in which they shall be sent; 1 to 1024. */
  ranges: readonly WantedRange[]
}

export interface Run {
  type: 'run'
  /** Which range of the current WANT this is of. */
  range: number
  run: ElidedRun
}

/** As much of a run as whoever passes it on to be checked has to know. */
export type RunHead = Pick<Run, 'type' | 'range'> & Pick<ElidedRun, 'epochs'>

/** Bytes of RUN frames (without their length prefix) of this session that are durable or were skipped for good. */
export interface Ack { type: 'ack', bytes: number }
export interface End { type: 'end' }
export interface Done { type: 'done' }
export interface Fork { type: 'fork', device: DeviceKey, first: Uint8Array<ArrayBuffer>, second: Uint8Array<ArrayBuffer> }
export interface Refusal { type: 'error', code: SyncErrorCode }
/** `publicKey`: the public half of the room's access key, 32 bytes. */
export interface Register { type: 'register', publicKey: Uint8Array<ArrayBuffer> }

export type SyncMessage = Hello | Same | Vec | Want | Run | Ack | End | Fork | Refusal | Register | Done

export function encodeMessage (message: SyncMessage): Uint8Array<ArrayBuffer> {
  switch (message.type) {
    case 'hello':
      return encodeCbor([0, SYNC_VERSION, fromHex(message.roomTag), fromHex(message.epochId), message.proof, message.root, message.buckets])
    case 'same': return encodeCbor([1, fromHex(message.epochId), message.proof])
    case 'vec': {
      const access = message.access === null ? null : [fromHex(message.access.epochId), message.access.proof]
      return encodeCbor([2, access, message.mask, message.more, message.logs.map(writeVecLog)])
    }
    case 'want': {
      const tags = [...new Set(message.ranges.map(({ devTag }) => devTag))]
      const nth = new Map(tags.map((tag, n) => [tag, n]))
      return encodeCbor([3, message.mode === 'all' ? 0 : 1, tags.map(fromHex),
        message.ranges.flatMap(({ devTag, from, to }) => [nth.get(devTag) ?? 0, from, to])])
    }
    case 'run': return encodeCbor([4, message.range, ...writeRunFields(message.run)])
    case 'ack': return encodeCbor([5, message.bytes])
    case 'end': return encodeCbor([6])
    case 'fork': return encodeCbor([7, fromHex(message.device), message.first, message.second])
    case 'error': return encodeCbor([8, Number(Object.entries(ERROR_CODES).find(([, code]) => code === message.code)?.[0])])
    case 'register': return encodeCbor([9, message.publicKey])
    case 'done': return encodeCbor([10])
  }
}

/** @throws {WireError} for anything that is not exactly one message within its limits */
export function decodeMessage (frame: Uint8Array): SyncMessage {
  if (frame.length > FRAME_MAX_BYTES) throw new WireError('frame-too-long')
  const fields = readArray(decodeCbor(frame), 'message')
  switch (fields[0]) {
    case 0: return readHello(fields)
    case 1: {
      const [, epochId, proof] = readArray(fields, 'same', 3)
      return { type: 'same', epochId: readEpochId(epochId), proof: readProof(proof) }
    }
    case 2: return readVec(fields)
    case 3: return readWant(fields)
    case 4: return { type: 'run', range: readUint(fields[1], 'range-number'), run: readRunFields(readArray(fields, 'run', 5).slice(2)) }
    case 5: return { type: 'ack', bytes: readUint(readArray(fields, 'ack', 2)[1], 'ack') }
    case 6:
      readArray(fields, 'end', 1)
      return { type: 'end' }
    case 7: {
      const [, device, first, second] = readArray(fields, 'fork', 4)
      return {
        type: 'fork',
        device: readDevice(device),
        first: readBytes(first, 'fork', undefined, FORK_ENVELOPE_MAX_BYTES),
        second: readBytes(second, 'fork', undefined, FORK_ENVELOPE_MAX_BYTES)
      }
    }
    case 8: {
      const code = readUint(readArray(fields, 'error', 2)[1], 'error')
      if (!isErrorNumber(code)) throw new WireError('unknown-error-code')
      return { type: 'error', code: ERROR_CODES[code] }
    }
    case 9: return { type: 'register', publicKey: readBytes(readArray(fields, 'register', 2)[1], 'access-key', 32) }
    case 10:
      readArray(fields, 'done', 1)
      return { type: 'done' }
    default: throw new WireError('unknown-message')
  }
}

/** How every RUN begins: five fields, the first of them 4. */
const RUN_START = [0x85, 0x04] as const

/**
 * As `decodeMessage`, but reads only the head of a run: the rest is most of what a session receives, and is read where it is checked.
 * @throws {WireError}
 */
export function decodeMessageHead (frame: Uint8Array): Exclude<SyncMessage, Run> | RunHead {
  if (frame[0] === RUN_START[0] && frame[1] === RUN_START[1]) {
    const [range, rest] = decodeFirstCbor(frame.subarray(RUN_START.length))
    return { type: 'run', range: readUint(range, 'range-number'), epochs: readRunEpochs(decodeFirstCbor(rest)[0]) }
  }
  const message = decodeMessage(frame)
  // There is no other way to write one.
  if (message.type === 'run') throw new WireError('ambiguous-cbor')
  return message
}

const isErrorNumber = (n: number): n is keyof typeof ERROR_CODES => Object.hasOwn(ERROR_CODES, n)
const readDevice = (value: unknown): DeviceKey => toHex(readBytes(value, 'device-key', 32)) as DeviceKey

function readProof (value: unknown): Uint8Array<ArrayBuffer> {
  const proof = readBytes(value, 'proof', undefined, PROOF_BYTES)
  if (proof.length !== 0 && proof.length !== PROOF_BYTES) throw new WireError('malformed-proof')
  return proof
}

function readHello (fields: unknown[]): Hello {
  if (fields[1] !== SYNC_VERSION) throw new WireError('sync-version')
  const [, , roomTag, epochId, proof, root, buckets] = readArray(fields, 'hello', 7)
  return {
    type: 'hello',
    roomTag: toHex(readBytes(roomTag, 'room-tag', 16)) as RoomTag,
    epochId: readEpochId(epochId),
    proof: readProof(proof),
    root: readBytes(root, 'root', ROOT_DIGEST_BYTES),
    buckets: readBuckets(buckets)
  }
}

function readBuckets (value: unknown): Uint8Array<ArrayBuffer> {
  const buckets = readBytes(value, 'buckets', undefined, BUCKETS_MAX * BUCKET_DIGEST_BYTES)
  if (!Number.isInteger(Math.log2(buckets.length / BUCKET_DIGEST_BYTES))) throw new WireError('malformed-buckets')
  return buckets
}

function readVec (fields: unknown[]): Vec {
  const [, access, mask, more, logs] = readArray(fields, 'vec', 5)
  const proof = access === null ? null : readArray(access, 'access', 2)
  if (typeof more !== 'boolean') throw new WireError('malformed-more')
  const claimed = readArray(logs, 'logs')
  if (claimed.length > VEC_PAGE_LOGS) throw new WireError('too-many-logs')
  return {
    type: 'vec',
    access: proof && { epochId: readEpochId(proof[0]), proof: readProof(proof[1]) },
    mask: readMask(mask),
    more,
    logs: claimed.map(readVecLog)
  }
}

function writeVecLog (log: ClaimedLog | ListedLog): Cbor {
  if ('nth' in log) return log.state === null ? log.nth : [log.nth, ...writeState(log.state)]
  return [fromHex(log.device), ...writeState(log)]
}

const writeState = ({ headStart, have }: LogState): Cbor[] => [fromHex(headStart), have.flatMap(({ from, to }) => [from, to])]

function readVecLog (value: unknown): ClaimedLog | ListedLog {
  if (typeof value === 'number') return { nth: readUint(value, 'log'), state: null }
  const [which, headStart, have] = readArray(value, 'log', 3)
  const state = { headStart: toHex(readBytes(headStart, 'head', HEAD_START_BYTES)), have: readHave(have) }
  return typeof which === 'number' ? { nth: readUint(which, 'log'), state } : { device: readDevice(which), ...state }
}

function readMask (value: unknown): number {
  const mask = readUint(value, 'mask')
  if (mask > 0xffffffff) throw new WireError('malformed-mask')
  return mask
}

function readHave (value: unknown): LogRange[] {
  const ends = readArray(value, 'have')
  if (ends.length === 0 || ends.length % 2 !== 0 || ends.length > 2 * LOG_RANGES_MAX) throw new WireError('malformed-have')
  const have: LogRange[] = []
  for (let i = 0; i < ends.length; i += 2) {
    const from = readUint(ends[i], 'have', (have.at(-1)?.to ?? -1) + 2)
    have.push({ from, to: readUint(ends[i + 1], 'have', from) })
  }
  return have
}

function readWant (fields: unknown[]): Want {
  const [, mode, tags, flat] = readArray(fields, 'want', 4)
  if (mode !== 0 && mode !== 1) throw new WireError('malformed-mode')
  const devTags = readArray(tags, 'tags').map((tag) => toHex(readBytes(tag, 'dev-tag', 16)) as DevTag)
  const numbers = readArray(flat, 'ranges')
  if (numbers.length === 0 || numbers.length % 3 !== 0) throw new WireError('malformed-ranges')
  if (numbers.length > 3 * WANT_RANGES_MAX || devTags.length > WANT_RANGES_MAX) throw new WireError('too-many-ranges')
  const ranges: WantedRange[] = []
  for (let i = 0; i < numbers.length; i += 3) {
    const devTag = devTags[readUint(numbers[i], 'ranges')]
    if (devTag === undefined) throw new WireError('malformed-ranges')
    const from = readUint(numbers[i + 1], 'ranges', 1)
    ranges.push({ devTag, from, to: readUint(numbers[i + 2], 'ranges', from) })
  }
  return { type: 'want', mode: mode === 0 ? 'all' : 'operations', ranges }
}
