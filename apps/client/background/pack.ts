/** A checked run on its way between threads: few large pieces instead of a thousand small ones, each of which would be copied by itself. */
import type { EnvelopeId } from '#shared/ids.ts'
import { NONCE_BYTES, type Envelope, type EnvelopeHeader } from '#shared/wire/envelope.ts'

export interface PackedRun {
  isSigned: boolean
  /** Entries of each chain. */
  counts: number[]
  ids: EnvelopeId[]
  /** What headers have in common, each once. */
  common: Common[]
  /** Per entry: which of `common`, then position, lamport clock and time. */
  numbers: Float64Array<ArrayBuffer>
  /** The id of the entry before, by the number of the entry here: of those that do not name the one before them here. */
  prevs: Map<number, EnvelopeId | null>
  /** Per entry: header, body, content. A content of -1 bytes could not be opened; a body of -32 bytes is the hash of one that was erased. */
  lengths: Int32Array<ArrayBuffer>
  /** Of each entry: header ‖ body (nonce and ciphertext, or hash) ‖ signature ‖ content. */
  bytes: Uint8Array<ArrayBuffer>
}

type Common = Pick<EnvelopeHeader, 'kind' | 'roomTag' | 'devTag' | 'epochId' | 'heads'>

const SIGNATURE_BYTES = 64
const NUMBERS = 4

const isSame = (a: Common, b: Common): boolean => a.kind === b.kind && a.roomTag === b.roomTag && a.devTag === b.devTag && a.epochId === b.epochId &&
  a.heads.length === b.heads.length && a.heads.every((head, nth) => head === b.heads[nth])

function packHeaders (entries: readonly Envelope[]): Pick<PackedRun, 'common' | 'numbers' | 'prevs'> {
  const common: Common[] = [], numbers = new Float64Array(NUMBERS * entries.length), prevs = new Map<number, EnvelopeId | null>()
  entries.forEach(({ header: { seq, lamport, sentAt, prev, ...rest } }, nth) => {
    const last = common.at(-1)
    if (last === undefined || !isSame(last, rest)) common.push(rest)
    numbers.set([common.length - 1, seq, lamport, sentAt], NUMBERS * nth)
    if (prev !== entries[nth - 1]?.id) prevs.set(nth, prev)
  })
  return { common, numbers, prevs }
}

function unpackHeader ({ ids, common, numbers, prevs }: PackedRun, nth: number): EnvelopeHeader {
  const [of = 0, seq = 0, lamport = 0, sentAt = 0] = numbers.subarray(NUMBERS * nth, NUMBERS * (nth + 1)), prev = prevs.get(nth), shared = common[of]
  if (shared === undefined) throw new RangeError('no header has this in common')
  return { ...shared, seq, prev: prev === undefined ? ids[nth - 1] ?? null : prev, lamport, sentAt }
}

/** @param contents what the entries say, in their order; null where that is not known here */
export function packRun (chains: readonly (readonly Envelope[])[], isSigned: boolean, contents: readonly (Uint8Array | null)[]): PackedRun {
  const entries = chains.flat()
  const parts = entries.map(({ headerBytes, body, signature }, nth) => ({
    headerBytes, signature, isErased: 'erasedHash' in body, body: 'erasedHash' in body ? [body.erasedHash] : [body.nonce, body.ciphertext], content: contents[nth] ?? null
  }))
  const lengthOf = (pieces: readonly Uint8Array[]): number => pieces.reduce((sum, piece) => sum + piece.length, 0)
  const lengths = new Int32Array(parts.flatMap(({ headerBytes, isErased, body, content }) =>
    [headerBytes.length, isErased ? -lengthOf(body) : lengthOf(body), content === null ? -1 : content.length]))
  const pieces = parts.flatMap(({ headerBytes, body, signature, content }) => [headerBytes, ...body, signature, ...content === null ? [] : [content]])
  const bytes = new Uint8Array(lengthOf(pieces))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return { isSigned, counts: chains.map(({ length }) => length), ...packHeaders(entries), ids: entries.map(({ id }) => id), lengths, bytes }
}

export function unpackRun (run: PackedRun): { chains: Envelope[][], contents: Map<EnvelopeId, Uint8Array<ArrayBuffer>> } {
  const { counts, ids, lengths, bytes } = run
  const contents = new Map<EnvelopeId, Uint8Array<ArrayBuffer>>()
  let at = 0
  /** A view: what is kept of an entry is written anew (`encodeEnvelope`). */
  const take = (length: number): Uint8Array<ArrayBuffer> => bytes.subarray(at, at += length)
  const entries = ids.map((id, nth): Envelope => {
    const [headerLength = 0, bodyLength = 0, contentLength = -1] = lengths.subarray(3 * nth, 3 * nth + 3)
    const headerBytes = take(headerLength)
    const body = bodyLength < 0 ? { erasedHash: take(-bodyLength) } : { nonce: take(NONCE_BYTES), ciphertext: take(bodyLength - NONCE_BYTES) }
    const signature = take(SIGNATURE_BYTES)
    if (contentLength >= 0) contents.set(id, take(contentLength).slice())
    return { header: unpackHeader(run, nth), headerBytes, body, signature, id }
  })
  let from = 0
  return { chains: counts.map((count) => entries.slice(from, from += count)), contents }
}
