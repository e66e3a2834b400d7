/**
 * What was taken back. A deletion is a message that names entries; one that counts wins over whatever else is said about them, in every
 * order of arrival: what it names is erased where it lies, and comes in erased where it comes later.
 */
import type { EnvelopeId, RoomTag } from '#shared/ids.ts'
import { decodeEnvelope, encodeEnvelope, eraseBody, type EnvelopeHeader } from '#shared/wire/envelope.ts'
import { keepingOnly, relationKey, relationKind, relationTarget, type EntryRow, type Store } from '../../store/index.ts'
import { storedEnvelope } from './admit-entries.ts'
import type { Authored, Membership } from '../membership/membership.ts'

export interface Deletion {
  by: 'author' | 'moderator'
  /** What it names first is a message that was shown; the others are edits of it. */
  isMessage: boolean
}

export interface Corrections {
  /** Learns which entries are named. */
  load(): Promise<void>
  /** The deletion of an entry that counts, by what is stored; null when there is none. */
  deletionOf(entry: Target): Promise<Deletion | null>
  /** `rows`, with what deletions among them take back erased, also where it is stored already. */
  withErased(rows: readonly EntryRow[]): Promise<EntryRow[]>
  /** Stored rows that a deletion takes back which did not count before; when the membership has changed. */
  reconsider(): Promise<EntryRow[]>
}

/** What a deletion names. */
export type Target = Pick<EnvelopeHeader, 'devTag' | 'heads'> & { id: EnvelopeId }

type MayDelete = (deletion: EnvelopeHeader, message: Authored) => boolean

/** RULE: a message is taken back by its author, on any of their devices, or by somebody who may delete what the author writes, where the deletion stands. */
function judge (deletion: EnvelopeHeader, { devTag, heads }: Target, membership: Membership, mayDelete: MayDelete): Deletion['by'] | null {
  const by = membership.authors.get(deletion.devTag)?.user, of = membership.authors.get(devTag)?.user
  if (by === undefined || of === undefined) return null
  return by === of ? 'author' : mayDelete(deletion, { of, heads }) ? 'moderator' : null
}

/** The row of a message that was taken back: it stands where it was, says nothing, and is news to nobody. */
export async function erasedRow (row: EntryRow): Promise<EntryRow> {
  return { ...keepingOnly(row, 'order', 'operationOf', 'relates'), bytes: encodeEnvelope(await eraseBody(await decodeEnvelope(row.bytes))) }
}

/** What cannot be read has nothing left to erase. */
const isErased = (row: EntryRow): boolean => {
  const body = storedEnvelope(row)?.body
  return body === undefined || 'erasedHash' in body
}

/** Null for what cannot be read. */
export function targetOf (row: EntryRow): Target | null {
  const header = storedEnvelope(row)?.header
  return header === undefined ? null : { id: row.id, devTag: header.devTag, heads: header.heads }
}

export function createCorrections ({ tag, store, membership, isCounted, mayDelete }: {
  tag: RoomTag
  store: Store
  membership: () => Membership
  /** Whether what stands there is shown to anybody: below the cut of a removal and so on. */
  isCounted: (header: EnvelopeHeader) => boolean
  /** Whether the author of an entry could delete a message, as of both. */
  mayDelete: MayDelete
}): Corrections {
  const named = new Set<EnvelopeId>()
  /** Named, and erased or known to be erased when it comes. */
  const settled = new Set<EnvelopeId>()

  const verdict = (deletion: EntryRow, target: Target): Deletion | null => {
    const header = storedEnvelope(deletion)?.header
    const by = header !== undefined && isCounted(header) ? judge(header, target, membership(), mayDelete) : null
    return by === null ? null : { by, isMessage: deletion.relates?.[0] === relationKey(tag, 'delete', target.id) }
  }

  const best = (verdicts: readonly (Deletion | null)[]): Deletion | null => {
    const counting = verdicts.filter((deletion) => deletion !== null)
    const first = counting.find(({ by }) => by === 'author') ?? counting[0]
    return first === undefined ? null : { by: first.by, isMessage: counting.some(({ isMessage }) => isMessage) }
  }

  const deletionOf: Corrections['deletionOf'] = async (entry) => {
    if (!named.has(entry.id)) return null
    return best((await store.entries.relatedTo(tag, 'delete', [entry.id])).map((deletion) => verdict(deletion, entry)))
  }

  return {
    async load () {
      for (const id of await store.entries.relatedIds(tag, 'delete')) named.add(id)
    },
    deletionOf,
    async withErased (rows) {
      const result = new Map(rows.map((row) => [row.id, row]))
      for (const deletion of rows) {
        for (const key of deletion.relates ?? []) {
          if (relationKind(key) !== 'delete') continue
          const id = relationTarget(key)
          named.add(id)
          const target = result.get(id) ?? await store.entries.byId(tag, id)
          const message = target === null || target.operationOf !== undefined ? null : targetOf(target)
          if (target === null || message === null || verdict(deletion, message) === null) continue
          settled.add(id)
          if (!isErased(target)) result.set(id, await erasedRow(target))
        }
      }
      return [...result.values()]
    },
    async reconsider () {
      const open = [...named].filter((id) => !settled.has(id))
      const rows: EntryRow[] = []
      for (const target of await store.entries.byIds(tag, open)) {
        if (target.operationOf !== undefined) continue
        const isGone = isErased(target), message = targetOf(target)
        if (!isGone && (message === null || await deletionOf(message) === null)) continue
        settled.add(target.id)
        if (!isGone) rows.push(await erasedRow(target))
      }
      return rows
    }
  }
}
