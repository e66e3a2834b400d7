/** A checked run on its way between threads: few large pieces instead of a thousand small ones, each of which would be copied by itself. */
import type { EnvelopeId } from '#shared/ids.ts'
import { NONCE_BYTES, type Envelope, type EnvelopeHeader } from '#shared/wire/envelope.ts'

export interface PackedRun {
  isSigned: boolean
  /** Entries of each chain. */
  counts: number[]
  headers: EnvelopeHeader[]
  ids: EnvelopeId[]
  /** Per entry: header, body, content. A content of -1 bytes could not be opened; a body of -32 bytes is the hash of one that was erased. */
  lengths: Int32Array<ArrayBuffer>
  /** Of each entry: header ‖ body (nonce and ciphertext, or hash) ‖ signature ‖ content. */
  bytes: Uint8Array<ArrayBuffer>
}

const SIGNATURE_BYTES = 64

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
  return { isSigned, counts: chains.map(({ length }) => length), headers: entries.map(({ header }) => header), ids: entries.map(({ id }) => id), lengths, bytes }
}

export function unpackRun ({ counts, headers, ids, lengths, bytes }: PackedRun): { chains: Envelope[][], contents: Map<EnvelopeId, Uint8Array<ArrayBuffer>> } {
  const contents = new Map<EnvelopeId, Uint8Array<ArrayBuffer>>()
  let at = 0
  /** A view: what is kept of an entry is written anew (`encodeEnvelope`). */
  const take = (length: number): Uint8Array<ArrayBuffer> => bytes.subarray(at, at += length)
  const entries = headers.map((header, nth): Envelope => {
    const [headerLength = 0, bodyLength = 0, contentLength = -1] = lengths.subarray(3 * nth, 3 * nth + 3)
    const headerBytes = take(headerLength)
    const body = bodyLength < 0 ? { erasedHash: take(-bodyLength) } : { nonce: take(NONCE_BYTES), ciphertext: take(bodyLength - NONCE_BYTES) }
    const signature = take(SIGNATURE_BYTES), id = ids[nth] ?? '' as EnvelopeId
    if (contentLength >= 0) contents.set(id, take(contentLength).slice())
    return { header, headerBytes, body, signature, id }
  })
  let from = 0
  return { chains: counts.map((count) => entries.slice(from, from += count)), contents }
}
