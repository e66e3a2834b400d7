import type { EphemeralKind } from './kind.ts'
import { decodeRead, partsOf, readFields, uniteRead, type ReadPosition } from './positions.ts'

/** What the sender has read: everything of each log up to a position. */
export interface Read { type: 'read', read: ReadPosition[] }

export const read: EphemeralKind<Read> = {
  type: 'read',
  number: 2,
  fields: (content) => [readFields(content.read)],
  read: ([positions]) => ({ type: 'read', read: decodeRead(positions) }),
  unite: (before, now) => ({ type: 'read', read: uniteRead(before.read, now.read) }),
  split: (content) => partsOf(content.read).map((part) => ({ type: 'read', read: part }))
}
