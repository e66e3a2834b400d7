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
import { toStorageError } from './errors.ts'
import { ParleyDatabase, SCHEMA_VERSION, type ReceiptRow } from './schema.ts'
import { createSealedRecords, type SealedRecords, type Sealer } from './sealed.ts'

export type { EntryRow, LogRow, MessageOrder, ReceiptRow } from './schema.ts'
export type { Entries } from './entries.ts'
export type { EpochRecord, LinkedRecord, ProfileRecord, RoomRecord, SelfRecord } from './sealed.ts'
export { toStorageError } from './errors.ts'

export interface Store extends SealedRecords {
  readonly entries: Entries
  receipts(roomTag: RoomTag): Promise<ReceiptRow[]>
  saveReceipts(rows: readonly ReceiptRow[]): Promise<void>
}

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

/** The repositories over tables that are open: those of IndexedDB, or, in tests, of memory. */
export function databaseOver (db: ParleyDatabase): Database {
  return {
    loadKey: async (key) => (await db.keys.get(key))?.value ?? null,
    async saveKey (key, value) {
      try {
        await db.keys.put({ name: key, value })
      } catch (cause) {
        throw toStorageError(cause)
      }
    },
    withVault: (vault) => ({
      ...createSealedRecords(db, vault),
      entries: createEntries(db),
      receipts: async (roomTag) => await db.receipts.where('[roomTag+device]').between([roomTag, ''], [roomTag, '\uffff']).toArray(),
      async saveReceipts (rows) {
        try {
          await db.receipts.bulkPut([...rows])
        } catch (cause) {
          throw toStorageError(cause)
        }
      }
    }),
    close: () => db.close(),
    async erase () {
      db.close()
      await Dexie.delete(db.name)
    }
  }
}

/** Dexie does not refuse a database of a later version: it would patch its own indexes into it, so nobody asks Dexie. */
async function installedVersion (name: string): Promise<number> {
  const installed = (await indexedDB.databases()).find((database) => database.name === name)
  // Dexie multiplies its versions by ten.
  return Math.floor((installed?.version ?? 0) / 10)
}
