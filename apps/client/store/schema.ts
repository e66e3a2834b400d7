/**
 * The tables of the local database, with numbered versions. A version is frozen once released: a change is a new number with an upgrade.
 * Everything that tells what was said, by whom by name, or a key rests sealed: bodies by their epoch's key as they came over the wire,
 * the rest by the vault. What is in the clear is what the node sees too: tags, positions, times, sizes.
 */
import { Dexie, type EntityTable, type Table } from 'dexie'
import type { DevTag, DeviceKey, EnvelopeId, EpochId, RoomTag } from '#shared/ids.ts'
import type { LogRange } from '#shared/wire/sync/replica.ts'

/** CryptoKeys and sealed records by name. */
export interface KeyRow { name: string, value: unknown }

export interface RoomRow { tag: RoomTag, sealed: Uint8Array<ArrayBuffer> }

export interface EpochRow { roomTag: RoomTag, epochId: EpochId, sealed: Uint8Array<ArrayBuffer> }

/** The order messages are shown in: lamport clock, clamped time, id. */
export type MessageOrder = [lamport: number, shownAt: number, id: EnvelopeId]

export interface EntryRow {
  roomTag: RoomTag
  devTag: DevTag
  seq: number
  id: EnvelopeId
  /** The envelope as it came over the wire. */
  bytes: Uint8Array<ArrayBuffer>
  /** Only on messages that are shown: what has no such property is not in the index. */
  order?: MessageOrder
  /** Only on operations. */
  operationOf?: RoomTag
  /** Only while unread. */
  unreadIn?: RoomTag
  /** Only while its key or its author's admission is not known yet. */
  pendingIn?: RoomTag
}

/** What is held of one device's log. */
export interface LogRow {
  roomTag: RoomTag
  devTag: DevTag
  device: DeviceKey
  have: LogRange[]
  head: EnvelopeId
}

/** What another replica is known to hold of what this device wrote. `device` is `node` for the mailbox. */
export interface ReceiptRow {
  roomTag: RoomTag
  device: DeviceKey | 'node'
  /** What is held there of this device's log. */
  held: LogRange[]
  lastSeenAt: number
}

/** Number of the newest version below. */
export const SCHEMA_VERSION = 1

export class ParleyDatabase extends Dexie {
  declare keys: EntityTable<KeyRow, 'name'>
  declare rooms: EntityTable<RoomRow, 'tag'>
  declare epochs: Table<EpochRow, [RoomTag, EpochId]>
  declare entries: Table<EntryRow, [RoomTag, DevTag, number]>
  declare logs: Table<LogRow, [RoomTag, DevTag]>
  declare receipts: Table<ReceiptRow, [RoomTag, string]>

  constructor (name: string) {
    // Relaxed durability would be twice as fast, and would lose the last messages when the power fails.
    super(name, { chromeTransactionDurability: 'strict' })
    this.version(SCHEMA_VERSION).stores({
      keys: 'name',
      rooms: 'tag',
      epochs: '[roomTag+epochId]',
      entries: '[roomTag+devTag+seq], id, [roomTag+order], operationOf, unreadIn, pendingIn',
      logs: '[roomTag+devTag]',
      receipts: '[roomTag+device]'
    })
  }
}
