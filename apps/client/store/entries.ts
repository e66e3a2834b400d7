import { Dexie } from 'dexie'
import type { DevTag, EnvelopeId, RoomTag } from '#shared/ids.ts'
import type { LogRange } from '#shared/wire/sync/replica.ts'
import { toStorageError } from './errors.ts'
import type { EntryRow, LogRow, MessageOrder, ParleyDatabase } from './schema.ts'

/** The entries of all device logs of all rooms, and what is held of each log. */
export interface Entries {
  /**
   * Keeps entries and the logs they change, all or nothing; durable when it resolves.
   * @throws {ParleyError} `storage-full`, `storage-denied` (rejects)
   */
  append(entries: readonly EntryRow[], logs: readonly LogRow[]): Promise<void>
  /** Writes rows again, after what is known about them has changed. */
  update(entries: readonly EntryRow[]): Promise<void>
  logsOf(roomTag: RoomTag): Promise<LogRow[]>
  at(roomTag: RoomTag, devTag: DevTag, seq: number): Promise<EntryRow | null>
  byId(roomTag: RoomTag, id: EnvelopeId): Promise<EntryRow | null>
  /** Entries of one log in a range of positions, descending, at most `limit`. */
  newestOf(roomTag: RoomTag, devTag: DevTag, range: LogRange, limit: number): Promise<EntryRow[]>
  operations(roomTag: RoomTag): Promise<EntryRow[]>
  pending(roomTag: RoomTag): Promise<EntryRow[]>
  unread(roomTag: RoomTag): Promise<EntryRow[]>
  unreadCount(roomTag: RoomTag): Promise<number>
  /** Shown messages older than `before` (or the newest ones), descending, at most `limit`. */
  pageBefore(roomTag: RoomTag, before: MessageOrder | null, limit: number): Promise<EntryRow[]>
  /** Shown messages from `from` on, ascending. */
  since(roomTag: RoomTag, from: MessageOrder): Promise<EntryRow[]>
  count(roomTag: RoomTag): Promise<number>
}

export function createEntries (db: ParleyDatabase): Entries {
  return {
    async append (entries, logs) {
      try {
        await db.transaction('rw', db.entries, db.logs, async () => {
          await db.entries.bulkPut([...entries])
          await db.logs.bulkPut([...logs])
        })
      } catch (cause) {
        throw toStorageError(cause)
      }
    },
    async update (entries) {
      try {
        await db.entries.bulkPut([...entries])
      } catch (cause) {
        throw toStorageError(cause)
      }
    },
    logsOf: async (roomTag) => await db.logs.where('[roomTag+devTag]').between([roomTag, Dexie.minKey], [roomTag, Dexie.maxKey]).toArray(),
    at: async (roomTag, devTag, seq) => await db.entries.get([roomTag, devTag, seq]) ?? null,
    byId: async (roomTag, id) => await db.entries.where('id').equals(id).filter((row) => row.roomTag === roomTag).first() ?? null,
    newestOf: async (roomTag, devTag, range, limit) => await db.entries.where('[roomTag+devTag+seq]')
      .between([roomTag, devTag, range.from], [roomTag, devTag, range.to], true, true).reverse().limit(limit).toArray(),
    operations: async (roomTag) => await db.entries.where('operationOf').equals(roomTag).toArray(),
    pending: async (roomTag) => await db.entries.where('pendingIn').equals(roomTag).toArray(),
    unread: async (roomTag) => await db.entries.where('unreadIn').equals(roomTag).toArray(),
    unreadCount: async (roomTag) => await db.entries.where('unreadIn').equals(roomTag).count(),
    pageBefore: async (roomTag, before, limit) => await db.entries.where('[roomTag+order]')
      .between([roomTag, Dexie.minKey], [roomTag, before ?? Dexie.maxKey], true, false).reverse().limit(limit).toArray(),
    since: async (roomTag, from) => await db.entries.where('[roomTag+order]')
      .between([roomTag, from], [roomTag, Dexie.maxKey], true, true).toArray(),
    count: async (roomTag) => await db.entries.where('[roomTag+order]').between([roomTag, Dexie.minKey], [roomTag, Dexie.maxKey]).count()
  }
}
