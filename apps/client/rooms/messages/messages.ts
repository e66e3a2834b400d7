/** What messages say by now: their own words, changed by what relates to them, or that they were taken back. */
import { readEnvelope } from '#shared/wire/envelope.ts'
import type { EnvelopeId } from '#shared/ids.ts'
import type { Message } from '../../api.ts'
import { relationKind, relationTarget, type EntryRow, type MessageOrder, type Store } from '../../store/index.ts'
import type { RoomLog } from '../log/room-log.ts'
import { folding, kindOf, type Folded, type MessageKind, type Related, type SentContent } from './kinds/index.ts'

export interface ReadMessage extends Folded {
  row: EntryRow
  order: MessageOrder
  /** With no text once it was taken back. */
  deleted: Message['deleted']
}

type RelatedTo = ReadonlyMap<EnvelopeId, readonly Related<SentContent>[]>

/** Reads shown rows, in their order; what cannot be opened is left out. */
export async function readMessages (log: RoomLog, store: Store, rows: readonly EntryRow[]): Promise<ReadMessage[]> {
  const shown = rows.flatMap((row) => row.order === undefined ? [] : [{ row, order: row.order }])
  const ids = shown.map(({ row }) => row.id)
  const relations = await Promise.all(folding.map(async (kind) => [kind, await relatedBy(kind, log, store, ids)] as const))
  const read = await Promise.all(shown.map(async ({ row, order }): Promise<ReadMessage | null> => {
    const content = await log.contentOf(row)
    if (content?.type === 'erased') return { ...toFold(log, row, ''), row, order, deleted: (await log.deletionOf(row))?.by ?? 'author' }
    if (content === null || kindOf(content.type)?.role !== 'shown' || !('text' in content)) return null
    let message = toFold(log, row, content.text)
    for (const [kind, related] of relations) message = kind.fold?.(message, related.get(row.id) ?? []) ?? message
    return { ...message, row, order, deleted: null }
  }))
  return read.filter((message) => message !== null)
}

/** A message by its own words alone. */
const toFold = (log: RoomLog, row: EntryRow, text: string): Folded => ({ author: authorOf(log, row), text, editedAt: null })

const authorOf = (log: RoomLog, { devTag }: EntryRow): Folded['author'] => log.membership.peek().authors.get(devTag)?.user

/** Relations of a kind that can be opened, by the message they are about. */
async function relatedBy (kind: MessageKind<SentContent>, log: RoomLog, store: Store, ids: readonly EnvelopeId[]): Promise<RelatedTo> {
  const related = new Map<EnvelopeId, Related<SentContent>[]>()
  for (const row of await store.entries.relatedTo(log.roomTag, kind.type, ids)) {
    const content = await log.contentOf(row)
    if (content?.type !== kind.type) continue
    const { lamport, sentAt } = readEnvelope(row.bytes).header
    const relation: Related<SentContent> = { id: row.id, author: authorOf(log, row), lamport, sentAt, content }
    for (const key of row.relates ?? []) {
      if (relationKind(key) !== kind.type) continue
      const target = relationTarget(key)
      related.set(target, [...related.get(target) ?? [], relation])
    }
  }
  return related
}
