/**
 * What a message says, as CBOR: the number of its kind, then that kind's fields (`kinds/`).
 *
 * Kinds this version does not know are kept, passed on and not shown.
 */
import type { EnvelopeId } from '#shared/ids.ts'
import { decodeCbor, encodeCbor, readArray } from '#shared/wire/cbor.ts'
import { kindOf, kindWithNumber, type SentContent } from './kinds/index.ts'

export { DELETED_IDS_MAX } from './kinds/delete.ts'

export type MessageContent =
  | SentContent
  | { type: 'unknown' }
  /** Not on the wire: the body is gone, the entry stands. */
  | { type: 'erased' }

/** @throws {ParleyError} as the kind says: `message-empty`, `message-too-long` (with `maxBytes`, `bytes`) */
export function encodeContent (content: SentContent): Uint8Array<ArrayBuffer> {
  const kind = kindOf(content.type)
  if (kind === undefined) throw new Error(`there is no kind of message ${content.type}`)
  return encodeCbor([kind.number, ...kind.fields(content)])
}

/** @throws {ParleyError} as `encodeContent` */
export const encodeText = (text: string): Uint8Array<ArrayBuffer> => encodeContent({ type: 'text', text })
/** @throws {ParleyError} as `encodeContent` */
export const encodeEdit = (target: EnvelopeId, text: string): Uint8Array<ArrayBuffer> => encodeContent({ type: 'edit', target, text })
/** @param ids the message, then edits of it; at most `DELETED_IDS_MAX` */
export const encodeDelete = (ids: readonly EnvelopeId[]): Uint8Array<ArrayBuffer> => encodeContent({ type: 'delete', ids: [...ids] })
export const encodeOffer = (sealed: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => encodeContent({ type: 'offer', sealed })

/** @throws {WireError} */
export function decodeContent (bytes: Uint8Array): MessageContent {
  const [number, ...fields] = readArray(decodeCbor(bytes), 'content')
  return kindWithNumber(number)?.read(fields) ?? { type: 'unknown' }
}
