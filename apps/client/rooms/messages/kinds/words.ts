/** The words of messages. */
import { ParleyError } from '#shared/errors.ts'
import { MESSAGE_MAX_BYTES } from '#shared/limits.ts'
import { readText, WireError } from '#shared/wire/cbor.ts'

/** @throws {ParleyError} `message-empty`, `message-too-long` (with `maxBytes`, `bytes`) */
export function checkWords (text: string): string {
  const trimmed = text.trim()
  if (trimmed === '') throw new ParleyError('message-empty')
  const bytes = new TextEncoder().encode(trimmed).length
  if (bytes > MESSAGE_MAX_BYTES) throw new ParleyError('message-too-long', { details: { maxBytes: MESSAGE_MAX_BYTES, bytes } })
  return trimmed
}

/** @throws {WireError} */
export function readWords (value: unknown): string {
  const text = readText(value, 'text', MESSAGE_MAX_BYTES)
  if (text.trim() === '') throw new WireError('empty-text')
  return text
}
