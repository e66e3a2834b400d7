/**
 * What is kept on this device (Dexie over IndexedDB): one repository per kind of row. Knows rows, not protocols.
 *
 * Flow: `openDatabase` (may be refused) → device keys and the stored vault key → `withVault` once the vault is open.
 *
 * @example
 *   const database = await openDatabase('parley')
 *   const store = database.withVault(vault)
 *   await store.entries.append(rows, logs)
 */
import { Dexie } from 'dexie'
import { ParleyError } from '#shared/errors.ts'
import type { RoomTag } from '#shared/ids.ts'
import { createEntries, type Entries } from './entries.ts'
import { guarded, toStorageError } from './errors.ts'
import type { LogRow, ReceiptRow } from './rows.ts'
import { ParleyDatabase, SCHEMA_VERSION } from './schema.ts'
import { createSealedRecords, type SealedRecords, type Sealer } from './sealed.ts'
import { stretchesOf } from './stretches.ts'

export { keepingOnly, relationKey, relationKind, relationTarget, type EntryRow, type LogRow, type MessageOrder, type ReceiptRow } from './rows.ts'
export type { Entries } from './entries.ts'
export type {
  ActionContext, CertificateRecord, DeviceListRecord, DisagreementRecord, EraseJob, JoinRecord, OfferRecord, PendingActionRecord, ProfileRecord, RevocationWish, RoomRecord, SelfRecord, ShelfJob
} from './sealed.ts'
export { toStorageError } from './errors.ts'
export { compareOrder, packRows, type PackedRows } from './stretch.ts'

/** All methods reject with a `ParleyError`: `storage-denied`, `storage-full`. */
export interface Store extends SealedRecords {
  readonly entries: Entries
  receipts(roomTag: RoomTag): Promise<ReceiptRow[]>
  saveReceipts(rows: readonly ReceiptRow[]): Promise<void>
  /** Erases all that is kept of a room, but for `own`: how far this device's log went, or what was known of that before. */
  forgetRoom(roomTag: RoomTag, own: LogRow | null): Promise<void>
}

/** All methods reject with a `ParleyError`. */
export interface Database {
  /** A CryptoKey, a pair of them, or a sealed record; null when there is none. */
  loadKey(name: string): Promise<unknown>
  saveKey(name: string, value: unknown): Promise<void>
  withVault(vault: Sealer): Store
  close(): void
  /** Closes and erases everything. */
  erase(): Promise<void>
}

/** @throws {ParleyError} `storage-denied`, `storage-full`, `storage-newer` (rejects) */
export async function openDatabase (name: string): Promise<Database> {
  const db = new ParleyDatabase(name)
  try {
    if (await installedVersion(name) > SCHEMA_VERSION) throw new ParleyError('storage-newer')
    await db.open()
  } catch (cause) {
    throw toStorageError(cause)
  }
  return databaseOver(db)
}

export interface OpenEntries extends Entries { close(): void }

/** The entries alone of a database that is open elsewhere: for a worker. @throws {ParleyError} (rejects) */
export async function openEntries (name: string): Promise<OpenEntries> {
  const db = new ParleyDatabase(name)
  try {
    await db.open()
  } catch (cause) {
    throw toStorageError(cause)
  }
  return { ...createEntries(db), close: () => db.close() }
}

/** The repositories over tables that are open: those of IndexedDB, or, in tests, of memory. */
export function databaseOver (db: ParleyDatabase): Database {
  return {
    loadKey: guarded(async (key) => (await db.keys.get(key))?.value ?? null),
    saveKey: guarded(async (key, value) => { await db.keys.put({ name: key, value }) }),
    withVault: (vault) => ({
      ...createSealedRecords(db, vault),
      entries: createEntries(db),
      receipts: guarded(async (roomTag) => await db.receipts.where('[roomTag+device]').between([roomTag, ''], [roomTag, '\uffff']).toArray()),
      saveReceipts: guarded(async (receipts) => await db.putAtOnce({ receipts })),
      forgetRoom: guarded(async (roomTag, own) => await forgetRoom(db, roomTag, own))
    }),
    close: () => db.close(),
    async erase () {
      db.close()
      await Dexie.delete(db.name)
    }
  }
}

async function forgetRoom (db: ParleyDatabase, roomTag: RoomTag, own: LogRow | null): Promise<void> {
  await db.transaction('rw', [db.rooms, db.epochs, db.entries, db.stretches, db.logs, db.receipts, db.marks], async () => {
    const logs = await db.logs.where('[roomTag+devTag]').between([roomTag, Dexie.minKey], [roomTag, Dexie.maxKey]).toArray()
    const ended = logs.find(({ written }) => (written?.seq ?? 0) > (own?.written?.seq ?? 0))
    await db.rooms.delete(roomTag)
    await db.entries.where('[roomTag+devTag+seq]').between([roomTag, Dexie.minKey], [roomTag, Dexie.maxKey]).delete()
    await stretchesOf(db, roomTag).delete()
    await db.logs.where('[roomTag+devTag]').between([roomTag, Dexie.minKey], [roomTag, Dexie.maxKey]).delete()
    await db.epochs.where('[roomTag+epochId]').between([roomTag, ''], [roomTag, '\uffff']).delete()
    await db.receipts.where('[roomTag+device]').between([roomTag, ''], [roomTag, '\uffff']).delete()
    await db.marks.where('[roomTag+device]').between([roomTag, ''], [roomTag, '\uffff']).delete()
    const kept = ended ?? own
    if (kept !== null) await db.logs.put({ ...kept, have: [] })
  })
}

/** Dexie does not refuse a database of a later version: it would patch its own indexes into it, so nobody asks Dexie. */
async function installedVersion (name: string): Promise<number> {
  const installed = (await indexedDB.databases()).find((database) => database.name === name)
  // Dexie multiplies its versions by ten.
  return Math.floor((installed?.version ?? 0) / 10)
}
