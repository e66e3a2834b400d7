import { Dexie } from 'dexie'
import type { DevTag, EnvelopeId, RoomTag } from '#shared/ids.ts'
import type { LogRange } from '#shared/wire/sync/replica.ts'
import { guarded } from './errors.ts'
import { relationKey, relationTarget, type EntryRow, type LogRow, type MessageOrder } from './rows.ts'
import type { ParleyDatabase } from './schema.ts'
import { compareOrder, packRows, type PackedRows, type Position } from './stretch.ts'
import { createStretchReads, takeApart } from './stretches.ts'

/** The entries of all device logs of all rooms, and what is held of each log. Everything rejects with a `ParleyError` of storage. */
export interface Entries {
  /**
   * Keeps entries and the logs they change, all or nothing; durable when it resolves.
   * @param entries at positions of which nothing is held
   * @param changed rows of what is held already, written again with them
   * @throws {ParleyError} `storage-full`, `storage-denied` (rejects)
   */
  append(entries: readonly EntryRow[], logs: readonly LogRow[], changed?: readonly EntryRow[]): Promise<void>
  /** The same with entries that are packed already (`packRows`): for a worker, to which few rows are handed over sooner than many. */
  appendPacked(packed: PackedRows, logs: readonly LogRow[], changed?: readonly EntryRow[]): Promise<void>
  /** Writes rows again, after what is known about them has changed; all or nothing. */
  update(entries: readonly EntryRow[]): Promise<void>
  /** Lets go of entries and changes the logs they were of; all or nothing. */
  remove(entries: readonly Position[], logs: readonly LogRow[]): Promise<void>
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
  /** Entries of a kind that are about any of these, in no order. */
  relatedTo(roomTag: RoomTag, kind: string, ids: readonly EnvelopeId[]): Promise<EntryRow[]>
  /** The ids that entries of a kind in this room are about. Reads the index only. */
  relatedIds(roomTag: RoomTag, kind: string): Promise<EnvelopeId[]>
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

export const createEntries = (db: ParleyDatabase): Entries => ({ ...createWrites(db), ...createReads(db), ...createStateReads(db), ...createRoomReads(db) })

const everything = (roomTag: RoomTag) => [[roomTag, Dexie.minKey], [roomTag, Dexie.maxKey]] as const

/** Rows that change have to stand by themselves. */
async function putAgain (db: ParleyDatabase, rows: readonly EntryRow[]): Promise<void> {
  await takeApart(db, rows)
  await db.entries.bulkPut([...rows])
}

/** All or nothing. */
async function appendPacked (db: ParleyDatabase, { stretches, alone: entries }: PackedRows, logs: readonly LogRow[], changed: readonly EntryRow[] = []): Promise<void> {
  if (changed.length === 0) await db.putAtOnce({ entries, stretches, logs })
  else {
    await db.transaction('rw', db.entries, db.stretches, db.logs, async () => {
      await putAgain(db, changed)
      if (stretches.length > 0) await db.stretches.bulkPut([...stretches])
      await db.entries.bulkPut([...entries])
      await db.logs.bulkPut([...logs])
    })
  }
}

const createWrites = (db: ParleyDatabase): Pick<Entries, 'append' | 'appendPacked' | 'update' | 'remove' | 'markRead'> => ({
  append: guarded(async (fresh, ...rest) => await appendPacked(db, packRows(fresh), ...rest)),
  appendPacked: guarded(async (...batch) => await appendPacked(db, ...batch)),
  update: guarded(async (entries) => await db.transaction('rw', db.entries, db.stretches, async () => await putAgain(db, entries))),
  remove: guarded(async (entries, logs) => await db.transaction('rw', db.entries, db.stretches, db.logs, async () => {
    await takeApart(db, entries)
    await db.entries.bulkDelete(entries.map(({ roomTag, devTag, seq }) => [roomTag, devTag, seq]))
    await db.logs.bulkPut([...logs])
  })),
  // What is unread is never part of a stretch.
  markRead: guarded(async (roomTag, isRead = () => true) => await db.transaction('rw', db.entries, async () => {
    const rows = await db.entries.where('unreadIn').equals(roomTag).toArray()
    await db.entries.bulkPut(rows.filter(isRead).map(({ unreadIn: _, ...row }) => row))
  }))
})

/** Rows go from one table into the other as a whole, so that whoever looks into both at once misses none and sees none twice. */
const inBoth = async <T>(db: ParleyDatabase, read: () => Promise<T>): Promise<T> => await db.transaction('r', db.entries, db.stretches, read)

const createReads = (db: ParleyDatabase): Pick<Entries, 'logsOf' | 'at' | 'byId' | 'byIds' | 'newestOf'> => {
  const stretches = createStretchReads(db)
  const byIds = async (roomTag: RoomTag, ids: readonly EnvelopeId[]): Promise<EntryRow[]> => ids.length === 0 ? [] : await inBoth(db, async () => {
    const alone = (await db.entries.where('id').anyOf(ids).toArray()).filter((row) => row.roomTag === roomTag)
    // What is new or has a state stands by itself: mostly that is all that is asked for.
    const found = new Set(alone.map(({ id }) => id)), left = ids.filter((id) => !found.has(id))
    return left.length === 0 ? alone : [...alone, ...await stretches.byIds(roomTag, left)]
  })
  return {
    logsOf: guarded(async (roomTag) => await db.logs.where('[roomTag+devTag]').between(...everything(roomTag)).toArray()),
    at: guarded(async (roomTag, devTag, seq) => await inBoth(db, async () =>
      await db.entries.get([roomTag, devTag, seq]) ?? await stretches.at({ roomTag, devTag, seq }))),
    byId: guarded(async (roomTag, id) => (await byIds(roomTag, [id]))[0] ?? null),
    byIds: guarded(byIds),
    newestOf: guarded(async (roomTag, devTag, range, limit) => await inBoth(db, async () => {
      const alone = db.entries.where('[roomTag+devTag+seq]').between([roomTag, devTag, range.from], [roomTag, devTag, range.to], true, true).reverse().limit(limit)
      const rows = await Promise.all([alone.toArray(), stretches.newestOf(roomTag, devTag, range, limit)])
      return rows.flat().sort((a, b) => b.seq - a.seq).slice(0, limit)
    }))
  }
}

/** What is in one of these states stands by itself. */
const createStateReads = (db: ParleyDatabase): Pick<Entries,
  'operations' | 'pending' | 'unread' | 'unreadCount' | 'relatedTo' | 'relatedIds'> => ({
  operations: guarded(async (roomTag) => await db.entries.where('operationOf').equals(roomTag).toArray()),
  pending: guarded(async (roomTag) => await db.entries.where('pendingIn').equals(roomTag).toArray()),
  unread: guarded(async (roomTag) => await db.entries.where('unreadIn').equals(roomTag).toArray()),
  unreadCount: guarded(async (roomTag) => await db.entries.where('unreadIn').equals(roomTag).count()),
  relatedTo: guarded(async (roomTag, kind, ids) => {
    const rows = ids.length === 0 ? [] : await db.entries.where('relates').anyOf(ids.map((id) => relationKey(roomTag, kind, id))).toArray()
    // A row that is about several of them is found by each.
    return [...new Map(rows.map((row) => [row.id, row])).values()]
  }),
  relatedIds: guarded(async (roomTag, kind) => {
    const prefix = relationKey(roomTag, kind, '' as EnvelopeId)
    return (await db.entries.where('relates').between(prefix, `${prefix}\uffff`).keys() as string[]).map(relationTarget)
  })
})

const createRoomReads = (db: ParleyDatabase): Pick<Entries, 'pageBefore' | 'since' | 'oldestShown' | 'nthNewest' | 'count' | 'sizeOf'> => {
  const stretches = createStretchReads(db)
  const shown = (roomTag: RoomTag, from: MessageOrder | null, before: MessageOrder | null) => db.entries.where('[roomTag+order]')
    .between([roomTag, from ?? Dexie.minKey], [roomTag, before ?? Dexie.maxKey], true, false)
  return {
    pageBefore: guarded(async (roomTag, before, limit) => await inBoth(db, async () => {
      const rows = await Promise.all([shown(roomTag, null, before).reverse().limit(limit).toArray(), stretches.before(roomTag, before, limit)])
      return rows.flat().sort((a, b) => oldestFirst(b, a)).slice(0, limit)
    })),
    since: guarded(async (roomTag, from) => await inBoth(db, async () => {
      const rows = await Promise.all([shown(roomTag, from, null).toArray(), stretches.since(roomTag, from)])
      return rows.flat().sort(oldestFirst)
    })),
    oldestShown: guarded(async (roomTag, limit) => await inBoth(db, async () => {
      const rows = await Promise.all([shown(roomTag, null, null).limit(limit).toArray(), stretches.since(roomTag, null, limit)])
      return rows.flat().sort(oldestFirst).slice(0, limit)
    })),
    nthNewest: guarded(async (roomTag, newer) => await inBoth(db, async () => {
      const alone = async (nth: number): Promise<EntryRow | null> => await shown(roomTag, null, null).reverse().offset(nth).first() ?? null
      const newerOf = async (row: EntryRow | null, nth: number): Promise<number> =>
        row?.order === undefined ? Infinity : nth + await stretches.countAfter(roomTag, row.order)
      // How many of the newer ones stand by themselves: with each of those, there are more of both.
      let low = await stretches.countAfter(roomTag, null) === 0 ? newer : 0
      for (let high = newer; low < high;) {
        const middle = (low + high) >> 1
        if (await newerOf(await alone(middle), middle) < newer) low = middle + 1
        else high = middle
      }
      const row = await alone(low)
      return await newerOf(row, low) === newer ? row : await stretches.nthNewest(roomTag, newer - low)
    })),
    count: guarded(async (roomTag) => await inBoth(db, async () => await shown(roomTag, null, null).count() + await stretches.countAfter(roomTag, null))),
    sizeOf: guarded(async (roomTag) => await inBoth(db, async () => {
      const size = await stretches.sizeOf(roomTag)
      await db.entries.where('[roomTag+devTag+seq]').between(...everything(roomTag)).each((row) => {
        size.entries++
        size.bytes += row.bytes.length
      })
      return size
    }))
  }
}

const oldestFirst = (a: EntryRow, b: EntryRow): number => a.order === undefined || b.order === undefined ? 0 : compareOrder(a.order, b.order)
