/**
 * A run: entries of one log with everything left out that the reader can compute, about 110 B per message less than whole envelopes.
 *
 *     run     = epochs [epochId 32, …], headSets [[head 32, …], …], segments [segment, …]
 *     segment = [seq, prev 32 | null, [entry, …]]           consecutive entries, ascending; `prev` is that of the first, the others' are
 *                                                           the ids of the entries before them
 *     entry   = [flags, lamport Δ, sentAt Δ, n-th epoch, n-th head set, body, signature 64]
 *     flags   = 1 operation | 2 erased
 *     body    = nonce (12 B) ‖ ciphertext, or the body's hash (32 B) once erased
 *
 * Deltas are to the entry before in the run, of the first to 0. A restored envelope is hashed from its canonical header, so a wrong field
 * anywhere gives a wrong id and breaks the chain up to the signature that covers it.
 */
import { fromHex, toHex, type DevTag, type EnvelopeId, type EpochId, type RoomTag } from '../../ids.ts'
import { OPERATION_MAX_BYTES } from '../../limits.ts'
import { readArray, readBytes, readUint, WireError, type Cbor } from '../cbor.ts'
import { readEpochId } from '../epoch-id.ts'
import { concat, encodeHeader, envelopeIdOf, HEADS_MAX, maxEnvelopeBytes, NONCE_BYTES, type Envelope, type EnvelopeHeader } from '../envelope.ts'

const OPERATION = 1
const ERASED = 2

export interface ElidedEntry {
  flags: number
  lamportDelta: number
  /** Negative when the author's clock went back. */
  sentAtDelta: number
  epoch: number
  headSet: number
  body: Uint8Array<ArrayBuffer>
  signature: Uint8Array<ArrayBuffer>
}

export interface Segment {
  /** Of the first entry. */
  seq: number
  prev: EnvelopeId | null
  entries: readonly ElidedEntry[]
}

export interface ElidedRun {
  epochs: readonly EpochId[]
  headSets: readonly (readonly EnvelopeId[])[]
  segments: readonly Segment[]
}

/** @param envelopes of one log, ascending, at least one */
export function elideRun (envelopes: readonly Envelope[]): ElidedRun {
  const epochs = new Map<EpochId, number>()
  const headSets = new Map<string, { nth: number, heads: readonly EnvelopeId[] }>()
  const segments: (Segment & { entries: ElidedEntry[] })[] = []
  let before: EnvelopeHeader | undefined
  for (const { header, body, signature } of envelopes) {
    const key = header.heads.join()
    if (!epochs.has(header.epochId)) epochs.set(header.epochId, epochs.size)
    if (!headSets.has(key)) headSets.set(key, { nth: headSets.size, heads: header.heads })
    if (header.seq !== (before?.seq ?? -1) + 1) segments.push({ seq: header.seq, prev: header.prev, entries: [] })
    segments.at(-1)?.entries.push({
      flags: (header.kind === 'operation' ? OPERATION : 0) | ('erasedHash' in body ? ERASED : 0),
      lamportDelta: header.lamport - (before?.lamport ?? 0),
      sentAtDelta: header.sentAt - (before?.sentAt ?? 0),
      epoch: epochs.get(header.epochId) ?? 0,
      headSet: headSets.get(key)?.nth ?? 0,
      body: 'erasedHash' in body ? body.erasedHash : concat(body.nonce, body.ciphertext),
      signature
    })
    before = header
  }
  return { epochs: [...epochs.keys()], headSets: [...headSets.values()].map(({ heads }) => heads), segments }
}

/**
 * The envelopes of a run with their ids: one list per segment, each a chain by construction. No signature is checked.
 * @throws {WireError} when a header would not be one
 */
export function restoreRun (run: ElidedRun, roomTag: RoomTag, devTag: DevTag): Envelope[][] {
  const restored: Envelope[][] = []
  let lamport = 0, sentAt = 0
  for (const segment of run.segments) {
    const chain: Envelope[] = []
    let { seq, prev } = segment
    for (const entry of segment.entries) {
      lamport = checkedSum(lamport, entry.lamportDelta)
      sentAt = checkedSum(sentAt, entry.sentAtDelta)
      const epochId = run.epochs[entry.epoch], heads = run.headSets[entry.headSet]
      if (epochId === undefined || heads === undefined) throw new WireError('malformed-run-table')
      const kind = (entry.flags & OPERATION) === 0 ? 'message' : 'operation'
      const header: EnvelopeHeader = { kind, roomTag, devTag, seq, prev, lamport, sentAt, epochId, heads }
      if (entry.body.length + 200 + 34 * heads.length > maxEnvelopeBytes(kind)) throw new WireError('envelope-too-long')
      const headerBytes = encodeHeader(header)
      const body = (entry.flags & ERASED) === 0
        ? { nonce: entry.body.slice(0, NONCE_BYTES), ciphertext: entry.body.slice(NONCE_BYTES) }
        : { erasedHash: entry.body }
      const id = envelopeIdOf(headerBytes, body)
      chain.push({ header, headerBytes, body, signature: entry.signature, id })
      prev = id
      seq++
    }
    restored.push(chain)
  }
  return restored
}

function checkedSum (total: number, delta: number): number {
  const sum = total + delta
  if (!Number.isSafeInteger(sum) || sum < 0) throw new WireError('malformed-delta')
  return sum
}

export function writeRunFields ({ epochs, headSets, segments }: ElidedRun): Cbor[] {
  return [
    epochs.map(fromHex),
    headSets.map((heads) => heads.map(fromHex)),
    segments.map(({ seq, prev, entries }): Cbor => [seq, prev === null ? null : fromHex(prev), entries.map((entry): Cbor =>
      [entry.flags, entry.lamportDelta, entry.sentAtDelta, entry.epoch, entry.headSet, entry.body, entry.signature])])
  ]
}

/** @throws {WireError} */
export function readRunFields (fields: readonly unknown[]): ElidedRun {
  let last = 0
  const run: ElidedRun = {
    epochs: readRunEpochs(fields[0]),
    headSets: readArray(fields[1], 'run-heads').map(readHeadSet),
    segments: readArray(fields[2], 'run-segments').map((value) => {
      const [first, prevField, entriesField] = readArray(value, 'segment', 3)
      const seq = readUint(first, 'seq', last + 1)
      const prev = prevField === null ? null : toHex(readBytes(prevField, 'prev', 32)) as EnvelopeId
      if ((prev === null) !== (seq === 1)) throw new WireError('malformed-prev')
      const entries = readArray(entriesField, 'entries').map(readEntry)
      if (entries.length === 0) throw new WireError('empty-run')
      last = seq + entries.length - 1
      if (!Number.isSafeInteger(last)) throw new WireError('malformed-seq')
      return { seq, prev, entries }
    })
  }
  if (run.segments.length === 0) throw new WireError('empty-run')
  return run
}

/** @throws {WireError} */
export const readRunEpochs = (value: unknown): EpochId[] => readArray(value, 'run-epochs').map(readEpochId)

function readHeadSet (value: unknown): EnvelopeId[] {
  const heads = readArray(value, 'heads').map((head) => toHex(readBytes(head, 'head', 32)) as EnvelopeId)
  if (heads.length > HEADS_MAX) throw new WireError('too-many-heads')
  if (heads.some((head, i) => i > 0 && head <= (heads[i - 1] ?? ''))) throw new WireError('malformed-heads')
  return heads
}

function readEntry (value: unknown): ElidedEntry {
  const [flags, lamportDelta, sentAtDelta, epoch, headSet, body, signature] = readArray(value, 'entry', 7)
  if (typeof sentAtDelta !== 'number' || !Number.isSafeInteger(sentAtDelta)) throw new WireError('malformed-delta')
  const entry: ElidedEntry = {
    flags: readUint(flags, 'flags'),
    lamportDelta: readUint(lamportDelta, 'delta', 1),
    sentAtDelta,
    epoch: readUint(epoch, 'run-table'),
    headSet: readUint(headSet, 'run-table'),
    body: readBytes(body, 'body', undefined, OPERATION_MAX_BYTES),
    signature: readBytes(signature, 'signature', 64)
  }
  if (entry.flags > (OPERATION | ERASED)) throw new WireError('malformed-flags')
  if ((entry.flags & ERASED) === 0 ? entry.body.length < NONCE_BYTES : entry.body.length !== 32) throw new WireError('malformed-body')
  return entry
}
