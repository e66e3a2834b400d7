import { fromHex, type EnvelopeId } from '#shared/ids.ts'
import { readArray, WireError } from '#shared/wire/cbor.ts'
import type { MessageKind } from './kind.ts'
import { readId } from './read-id.ts'

/** Takes back the message `ids[0]` and those of its edits that were known. Each is judged by itself: `rooms/log/corrections.ts`. */
export interface Delete { type: 'delete', ids: EnvelopeId[] }

/** A deletion of a message that was edited more often names its newest edits; a second one names the rest. */
export const DELETED_IDS_MAX = 200

export const deletion: MessageKind<Delete> = {
  type: 'delete',
  number: 1,
  role: 'relation',
  outlasts: true,
  fields: ({ ids }) => [ids.map(fromHex)],
  read ([named]) {
    const ids = readArray(named, 'deleted').map(readId)
    if (ids.length === 0 || ids.length > DELETED_IDS_MAX) throw new WireError('malformed-deleted')
    return { type: 'delete', ids }
  },
  targets: ({ ids }) => ids
}
