/** What messages say by now: their own words, or those of the newest edit that counts, or that they were taken back. */
import type { EnvelopeId } from '#shared/ids.ts'
import { readEnvelope } from '#shared/wire/envelope.ts'
import type { Message } from '../../api.ts'
import type { EntryRow, MessageOrder, Store } from '../../store/index.ts'
import type { RoomLog } from '../log/room-log.ts'

export interface ReadMessage {
  row: EntryRow
  order: MessageOrder
  /** Empty once it was taken back. */
  text: string
  editedAt: number | null
  deleted: Message['deleted']
}

interface Edit { lamport: number, id: EnvelopeId, sentAt: number, text: string }

/** Reads shown rows; what cannot be opened is left out. Answers in the order of `rows`. */
export async function readMessages (log: RoomLog, store: Store, rows: readonly EntryRow[]): Promise<ReadMessage[]> {
  const shown = rows.flatMap((row) => row.order === undefined ? [] : [{ row, order: row.order }])
  const edits = await newestEdits(log, store, shown.map(({ row }) => row))
  const read = await Promise.all(shown.map(async ({ row, order }): Promise<ReadMessage | null> => {
    const content = await log.contentOf(row)
    if (content?.type === 'erased') return { row, order, text: '', editedAt: null, deleted: (await log.deletionOf(row))?.by ?? 'author' }
    if (content?.type !== 'text') return null
    const edit = edits.get(row.id)
    return { row, order, text: edit?.text ?? content.text, editedAt: edit?.sentAt ?? null, deleted: null }
  }))
  return read.filter((message) => message !== null)
}

/** RULE: only the author of a message changes its words; of several edits the one with the greatest (lamport, id) stands. */
async function newestEdits (log: RoomLog, store: Store, rows: readonly EntryRow[]): Promise<Map<EnvelopeId, Edit>> {
  const { authors } = log.membership.peek()
  const authorOf = new Map(rows.map((row) => [row.id, authors.get(row.devTag)?.user]))
  const newest = new Map<EnvelopeId, Edit>()
  for (const row of await store.entries.editsOf(log.roomTag, rows.map(({ id }) => id))) {
    const content = await log.contentOf(row)
    if (content?.type !== 'edit' || authors.get(row.devTag)?.user !== authorOf.get(content.target)) continue
    const { lamport, sentAt } = readEnvelope(row.bytes).header
    const other = newest.get(content.target)
    const isNewer = other === undefined || lamport > other.lamport || (lamport === other.lamport && row.id > other.id)
    if (isNewer) newest.set(content.target, { lamport, id: row.id, sentAt, text: content.text })
  }
  return newest
}
