/** What a message says: CBOR `[0, text]`. Kinds this version does not know are kept, passed on and not shown. */
import { ParleyError } from '#shared/errors.ts'
import { MESSAGE_MAX_BYTES } from '#shared/limits.ts'
import { decodeCbor, encodeCbor, readArray, readText, WireError } from '#shared/wire/cbor.ts'

export type MessageContent = { type: 'text', text: string } | { type: 'unknown' }

const TEXT = 0

/** @throws {ParleyError} `message-empty`, `message-too-long` (with `maxBytes`, `bytes`) */
export function encodeText (text: string): Uint8Array<ArrayBuffer> {
  const trimmed = text.trim()
  if (trimmed === '') throw new ParleyError('message-empty')
  const bytes = new TextEncoder().encode(trimmed).length
  if (bytes > MESSAGE_MAX_BYTES) throw new ParleyError('message-too-long', { details: { maxBytes: MESSAGE_MAX_BYTES, bytes } })
  return encodeCbor([TEXT, trimmed])
}

/** @throws {WireError} */
export function decodeContent (bytes: Uint8Array): MessageContent {
  const fields = readArray(decodeCbor(bytes), 'content')
  if (fields[0] !== TEXT) return { type: 'unknown' }
  const text = readText(fields[1], 'text', MESSAGE_MAX_BYTES)
  if (text.trim() === '') throw new WireError('empty-text')
  return { type: 'text', text }
}
