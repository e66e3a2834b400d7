import { Dexie } from 'dexie'
import type { DevTag, EnvelopeId, RoomTag } from '#shared/ids.ts'
import type { LogRange } from '#shared/wire/sync/replica.ts'
import { guarded } from './errors.ts'
import { deletedKey, type EntryRow, type LogRow, type MessageOrder, type ParleyDatabase } from './schema.ts'

/** The entries of all device logs of all rooms, and what is held of each log. Everything rejects with a `ParleyError` of storage. */
export interface Entries {
  /**
   * Keeps entries and the logs they change, all or nothing; durable when it resolves.
   * @throws {ParleyError} `storage-full`, `storage-denied` (rejects)
   */
  append(entries: readonly EntryRow[], logs: readonly LogRow[]): Promise<void>
  /** Writes rows again, after what is known about them has changed; all or nothing. */
  update(entries: readonly EntryRow[]): Promise<void>
  /** Lets go of entries and changes the logs they were of; all or nothing. */
  remove(entries: readonly Pick<EntryRow, 'roomTag' | 'devTag' | 'seq'>[], logs: readonly LogRow[]): Promise<void>
  /** Marks messages as read, whatever else happens to their rows meanwhile; those of `upTo` only where it is given. */
  markRead(roomTag: RoomTag, isRead?: (row: EntryRow) => boolean): Promise<void>
  logsOf(roomTag: RoomTag): Promise<LogRow[]>
  at(roomTag: RoomTag, devTag: DevTag, seq: number): Promise<EntryRow | null>
  byId(roomTag: RoomTag, id: EnvelopeId): Promise<EntryRow | null>
  /** Those that are there, in no order. */
  byIds(roomTag: RoomTag, ids: readonly EnvelopeId[]): Promise<EntryRow[]>
  /** Entries of one log in a range of positions, descending, at most `limit`. */
  newestOf(roomTag: RoomTag, devTag: DevTag, range: LogRange, limit: number): Promise<EntryRow[]>
  operations(roomTag: RoomTag): Promise<EntryRow[]>
  pending(roomTag: RoomTag): Promise<EntryRow[]>
  unread(roomTag: RoomTag): Promise<EntryRow[]>
  unreadCount(roomTag: RoomTag): Promise<number>
  /** Edits of these messages, in no order. */
  editsOf(roomTag: RoomTag, ids: readonly EnvelopeId[]): Promise<EntryRow[]>
  /** Deletions that name the entry. */
  deletionsOf(roomTag: RoomTag, id: EnvelopeId): Promise<EntryRow[]>
  /** The ids that deletions in this room name. Reads the index only. */
  deletedIds(roomTag: RoomTag): Promise<EnvelopeId[]>
  /** Shown messages older than `before` (or the newest ones), descending, at most `limit`. */
  pageBefore(roomTag: RoomTag, before: MessageOrder | null, limit: number): Promise<EntryRow[]>
  /** Shown messages from `from` on, ascending. */
  since(roomTag: RoomTag, from: MessageOrder): Promise<EntryRow[]>
  /** The oldest shown messages, ascending. */
  oldestShown(roomTag: RoomTag, limit: number): Promise<EntryRow[]>
  /** The shown message that `newer` others are shown after; null when there are fewer. */
  nthNewest(roomTag: RoomTag, newer: number): Promise<EntryRow | null>
  count(roomTag: RoomTag): Promise<number>
  /** Bytes and number of the room's entries. Reads them all. */
  sizeOf(roomTag: RoomTag): Promise<{ entries: number, bytes: number }>
}

export const createEntries = (db: ParleyDatabase): Entries => ({ ...createWrites(db), ...createReads(db), ...createRoomReads(db) })

const everything = (roomTag: RoomTag) => [[roomTag, Dexie.minKey], [roomTag, Dexie.maxKey]] as const

const createWrites = (db: ParleyDatabase): Pick<Entries, 'append' | 'update' | 'remove' | 'markRead'> => ({
  append: guarded(async (entries, logs) => await db.transaction('rw', db.entries, db.logs, async () => {
    await db.entries.bulkPut([...entries])
    await db.logs.bulkPut([...logs])
  })),
  update: guarded(async (entries) => await db.transaction('rw', db.entries, async () => { await db.entries.bulkPut([...entries]) })),
  remove: guarded(async (entries, logs) => await db.transaction('rw', db.entries, db.logs, async () => {
    await db.entries.bulkDelete(entries.map(({ roomTag, devTag, seq }) => [roomTag, devTag, seq]))
    await db.logs.bulkPut([...logs])
  })),
  markRead: guarded(async (roomTag, isRead = () => true) => await db.transaction('rw', db.entries, async () => {
    const rows = await db.entries.where('unreadIn').equals(roomTag).toArray()
    await db.entries.bulkPut(rows.filter(isRead).map(({ unreadIn: _, ...row }) => row))
  }))
})

const createReads = (db: ParleyDatabase): Pick<Entries,
  'logsOf' | 'at' | 'byId' | 'byIds' | 'newestOf' | 'editsOf' | 'deletionsOf' | 'deletedIds'> => ({
  logsOf: guarded(async (roomTag) => await db.logs.where('[roomTag+devTag]').between(...everything(roomTag)).toArray()),
  at: guarded(async (roomTag, devTag, seq) => await db.entries.get([roomTag, devTag, seq]) ?? null),
  byId: guarded(async (roomTag, id) => await db.entries.where('id').equals(id).filter((row) => row.roomTag === roomTag).first() ?? null),
  byIds: guarded(async (roomTag, ids) => ids.length === 0 ? [] : await db.entries.where('id').anyOf(ids).filter((row) => row.roomTag === roomTag).toArray()),
  newestOf: guarded(async (roomTag, devTag, range, limit) => await rangeOf(db, roomTag, devTag, range).reverse().limit(limit).toArray()),
  editsOf: guarded(async (roomTag, ids) => ids.length === 0 ? [] : await db.entries.where('editOf').anyOf(ids).filter((row) => row.roomTag === roomTag).toArray()),
  deletionsOf: guarded(async (roomTag, id) => await db.entries.where('deletes').equals(deletedKey(roomTag, id)).toArray()),
  deletedIds: guarded(async (roomTag) => {
    const prefix = deletedKey(roomTag, '' as EnvelopeId)
    const keys = await db.entries.where('deletes').between(prefix, `${prefix}\uffff`).keys() as string[]
    return keys.map((key) => key.slice(prefix.length) as EnvelopeId)
  })
})

const rangeOf = (db: ParleyDatabase, roomTag: RoomTag, devTag: DevTag, { from, to }: LogRange) =>
  db.entries.where('[roomTag+devTag+seq]').between([roomTag, devTag, from], [roomTag, devTag, to], true, true)

const createRoomReads = (db: ParleyDatabase): Pick<Entries,
  'operations' | 'pending' | 'unread' | 'unreadCount' | 'pageBefore' | 'since' | 'oldestShown' | 'nthNewest' | 'count' | 'sizeOf'> => ({
  operations: guarded(async (roomTag) => await db.entries.where('operationOf').equals(roomTag).toArray()),
  pending: guarded(async (roomTag) => await db.entries.where('pendingIn').equals(roomTag).toArray()),
  unread: guarded(async (roomTag) => await db.entries.where('unreadIn').equals(roomTag).toArray()),
  unreadCount: guarded(async (roomTag) => await db.entries.where('unreadIn').equals(roomTag).count()),
  pageBefore: guarded(async (roomTag, before, limit) => await db.entries.where('[roomTag+order]')
    .between([roomTag, Dexie.minKey], [roomTag, before ?? Dexie.maxKey], true, false).reverse().limit(limit).toArray()),
  since: guarded(async (roomTag, from) => await db.entries.where('[roomTag+order]')
    .between([roomTag, from], [roomTag, Dexie.maxKey], true, true).toArray()),
  oldestShown: guarded(async (roomTag, limit) => await db.entries.where('[roomTag+order]').between(...everything(roomTag)).limit(limit).toArray()),
  nthNewest: guarded(async (roomTag, newer) => await db.entries.where('[roomTag+order]')
    .between(...everything(roomTag)).reverse().offset(newer).first() ?? null),
  count: guarded(async (roomTag) => await db.entries.where('[roomTag+order]').between(...everything(roomTag)).count()),
  sizeOf: guarded(async (roomTag) => {
    const size = { entries: 0, bytes: 0 }
    await db.entries.where('[roomTag+devTag+seq]').between(...everything(roomTag)).each((row) => {
      size.entries++
      size.bytes += row.bytes.length
    })
    return size
  })
})
