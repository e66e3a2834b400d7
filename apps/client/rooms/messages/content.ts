/**
 * What a message says, as CBOR:
 *
 *     [0, text] · [1, [id, …]] deletion: the message, then edits of it · [2, id, text] edit · [3, sealed] offer of a direct room (direct.ts)
 *
 * Kinds this version does not know are kept, passed on and not shown.
 */
import { ParleyError } from '#shared/errors.ts'
import { fromHex, toHex, type EnvelopeId } from '#shared/ids.ts'
import { MESSAGE_MAX_BYTES } from '#shared/limits.ts'
import { decodeCbor, encodeCbor, readArray, readBytes, readText, WireError } from '#shared/wire/cbor.ts'

export type MessageContent =
  | { type: 'text', text: string }
  /** Takes back the message `ids[0]` and those of its edits that were known. Each is judged by itself. */
  | { type: 'delete', ids: EnvelopeId[] }
  | { type: 'edit', target: EnvelopeId, text: string }
  /** Not shown: for the devices that can open it. */
  | { type: 'offer', sealed: Uint8Array<ArrayBuffer> }
  | { type: 'unknown' }
  /** Not on the wire: the body is gone, the entry stands. */
  | { type: 'erased' }

const TEXT = 0, DELETE = 1, EDIT = 2, OFFER = 3
/** A deletion of a message that was edited more often names its newest edits; a second one names the rest. */
export const DELETED_IDS_MAX = 200

/** @throws {ParleyError} `message-empty`, `message-too-long` (with `maxBytes`, `bytes`) */
export const encodeText = (text: string): Uint8Array<ArrayBuffer> => encodeCbor([TEXT, checked(text)])

/** @throws {ParleyError} as `encodeText` */
export const encodeEdit = (target: EnvelopeId, text: string): Uint8Array<ArrayBuffer> => encodeCbor([EDIT, fromHex(target), checked(text)])

/** @param ids the message, then edits of it; at most `DELETED_IDS_MAX` */
export const encodeDelete = (ids: readonly EnvelopeId[]): Uint8Array<ArrayBuffer> => encodeCbor([DELETE, ids.map(fromHex)])

export const encodeOffer = (sealed: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => encodeCbor([OFFER, sealed])

function checked (text: string): string {
  const trimmed = text.trim()
  if (trimmed === '') throw new ParleyError('message-empty')
  const bytes = new TextEncoder().encode(trimmed).length
  if (bytes > MESSAGE_MAX_BYTES) throw new ParleyError('message-too-long', { details: { maxBytes: MESSAGE_MAX_BYTES, bytes } })
  return trimmed
}

/** @throws {WireError} */
export function decodeContent (bytes: Uint8Array): MessageContent {
  const fields = readArray(decodeCbor(bytes), 'content')
  switch (fields[0]) {
    case TEXT: return { type: 'text', text: readWords(fields[1]) }
    case EDIT: return { type: 'edit', target: readId(fields[1]), text: readWords(fields[2]) }
    case DELETE: {
      const ids = readArray(fields[1], 'deleted').map(readId)
      if (ids.length === 0 || ids.length > DELETED_IDS_MAX) throw new WireError('malformed-deleted')
      return { type: 'delete', ids }
    }
    case OFFER: return { type: 'offer', sealed: readBytes(fields[1], 'offer') }
    default: return { type: 'unknown' }
  }
}

function readWords (value: unknown): string {
  const text = readText(value, 'text', MESSAGE_MAX_BYTES)
  if (text.trim() === '') throw new WireError('empty-text')
  return text
}

const readId = (value: unknown): EnvelopeId => toHex(readBytes(value, 'message-id', 32)) as EnvelopeId
