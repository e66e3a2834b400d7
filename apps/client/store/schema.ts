/**
 * The tables of the local database, with numbered versions. A version is frozen once released: a change is a new number with an upgrade.
 * Everything that tells what was said, by whom by name, or a key rests sealed: bodies by their epoch's key as they came over the wire,
 * the rest by the vault. What is in the clear is what the node sees too: tags, positions, times, sizes; and which entry another is about,
 * and whether as its edit, its deletion or by another relation.
 */
import { Dexie, type EntityTable, type Table, type Transaction } from 'dexie'
import type { DevTag, DeviceKey, EnvelopeId, EpochId, RoomTag } from '#shared/ids.ts'
import { unpackIndexed, type IndexedStretchRow } from './indexed-stretches.ts'
import { relationKey, relationTarget, type EntryRow, type EpochRow, type KeyRow, type LogRow, type MarkRow, type ReceiptRow, type RoomRow, type StretchRow } from './rows.ts'
import { packRows } from './stretch.ts'

/** Each version's tables: key first, then indexes. Those that are not named stay as they were. */
const VERSIONS: readonly { stores: Record<string, string>, upgrade?: (transaction: Transaction) => Promise<void> }[] = [
  {
    stores: {
      keys: 'name',
      rooms: 'tag',
      epochs: '[roomTag+epochId]',
      entries: '[roomTag+devTag+seq], id, [roomTag+order], operationOf, unreadIn, pendingIn',
      logs: '[roomTag+devTag]',
      receipts: '[roomTag+device]'
    }
  },
  {
    stores: {
      entries: '[roomTag+devTag+seq], id, [roomTag+order], operationOf, unreadIn, pendingIn, editOf, *deletes',
      marks: '[roomTag+device]'
    },
    // Version 1 kept edits and deletions without knowing them: as what waits, they are looked at again when their room is opened.
    async upgrade (transaction) {
      await transaction.table<EntryRow>('entries').toCollection()
        .filter((row) => row.order === undefined && row.operationOf === undefined && row.pendingIn === undefined)
        .modify((row) => { row.pendingIn = row.roomTag })
    }
  },
  // What is there stays as it is: only what comes from now on rests in stretches.
  { stores: { stretches: 'key, *places, *starts' } },
  {
    stores: { stretches: 'key, last' },
    // In version 3 two indexes told of each message where it is shown and what its id begins with.
    async upgrade (transaction) {
      const table = transaction.table<StretchRow | IndexedStretchRow>('stretches')
      for (const key of await table.toCollection().primaryKeys()) {
        const { stretches, alone } = packRows(unpackIndexed(await table.get(key) as IndexedStretchRow))
        await table.delete(key)
        await table.bulkPut([...stretches])
        await transaction.table<EntryRow>('entries').bulkPut([...alone])
      }
    }
  },
  {
    stores: { entries: '[roomTag+devTag+seq], id, [roomTag+order], operationOf, unreadIn, pendingIn, *relates' },
    // Up to version 4 each kind of relation had an index of its own.
    async upgrade (transaction) {
      await transaction.table<EntryRow & { editOf?: EnvelopeId, deletes?: string[] }>('entries').toCollection().modify((row) => {
        const { editOf, deletes, roomTag } = row
        const relates = [
          ...editOf === undefined ? [] : [relationKey(roomTag, 'edit', editOf)],
          ...(deletes ?? []).map((key) => relationKey(roomTag, 'delete', relationTarget(key)))
        ]
        if (relates.length > 0) row.relates = relates
        delete row.editOf
        delete row.deletes
      })
    }
  }
]

/** Rows by the table that they are put into. */
interface Rows { entries: readonly EntryRow[], stretches: readonly StretchRow[], logs: readonly LogRow[], receipts: readonly ReceiptRow[] }

/** Number of the newest version. */
export const SCHEMA_VERSION = VERSIONS.length

export class ParleyDatabase extends Dexie {
  declare keys: EntityTable<KeyRow, 'name'>
  declare rooms: EntityTable<RoomRow, 'tag'>
  declare epochs: Table<EpochRow, [RoomTag, EpochId]>
  declare entries: Table<EntryRow, [RoomTag, DevTag, number]>
  declare stretches: Table<StretchRow, Uint8Array>
  declare logs: Table<LogRow, [RoomTag, DevTag]>
  declare receipts: Table<ReceiptRow, [RoomTag, string]>
  declare marks: Table<MarkRow, [RoomTag, DeviceKey]>

  constructor (name: string) {
    // Relaxed durability would be twice as fast, and would lose the last messages when the power fails.
    super(name, { chromeTransactionDurability: 'strict', cache: 'disabled' })
    // Nobody watches queries: Dexie need not work out which ones a write has changed, nor tell the other pages.
    this.unuse({ stack: 'dbcore', name: 'Observability' })
    VERSIONS.forEach(({ stores, upgrade }, nth) => {
      const version = this.version(nth + 1).stores(stores)
      if (upgrade !== undefined) version.upgrade(upgrade)
    })
  }

  /**
   * Puts rows into several tables, all or nothing; durable when it resolves. Straight to IndexedDB: Dexie waits for the answer to each step
   * before it asks for the next and for the end, and on a busy machine each way there and back is what a message waits for.
   * @throws {DOMException} as IndexedDB names it (rejects)
   */
  async putAtOnce (rows: Partial<Rows>): Promise<void> {
    const lists = Object.entries(rows).filter(([, list]) => list.length > 0)
    if (lists.length === 0) return
    const transaction = this.backendDB().transaction(lists.map(([table]) => table), 'readwrite', { durability: 'strict' })
    const ended = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error ?? new DOMException('not kept', 'AbortError'))
    })
    try {
      for (const [table, list] of lists) for (const row of list) transaction.objectStore(table).put(row)
      transaction.commit()
    } catch (error) {
      transaction.abort()
      await ended.catch(() => {})
      throw error
    }
    await ended
  }
}
