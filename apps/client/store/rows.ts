/** The rows of the local database, by table (`schema.ts`). */
import type { DevTag, DeviceKey, EnvelopeId, EpochId, RoomTag } from '#shared/ids.ts'
import type { LogRange } from '#shared/wire/sync/replica.ts'

/** CryptoKeys and sealed records by name. */
export interface KeyRow { name: string, value: unknown }

export interface RoomRow { tag: RoomTag, sealed: Uint8Array<ArrayBuffer> }

export interface EpochRow { roomTag: RoomTag, epochId: EpochId, sealed: Uint8Array<ArrayBuffer> }

/** What a device has let be known that it has read. */
export interface MarkRow { roomTag: RoomTag, device: DeviceKey, sealed: Uint8Array<ArrayBuffer> }

/** The order messages are shown in: clock (`rooms/log/shown-clock.ts`), time, id. */
export type MessageOrder = [clock: number, shownAt: number, id: EnvelopeId]

export interface EntryRow {
  roomTag: RoomTag
  devTag: DevTag
  seq: number
  id: EnvelopeId
  /** The envelope as it came over the wire, or with its body erased. */
  bytes: Uint8Array<ArrayBuffer>
  /** Only on messages that are shown: what has no such property is not in the index. */
  order?: MessageOrder
  /** Only on operations. */
  operationOf?: RoomTag
  /** Only while unread. */
  unreadIn?: RoomTag
  /** Only while its key or its author's admission is not known yet. */
  pendingIn?: RoomTag
  /** Only on messages that are about other entries: a `relationKey` for each of those. */
  relates?: string[]
}

/** What a row has only while it is in some state. The rest of it never changes, but for a body that is erased. */
const STATES = ['order', 'operationOf', 'unreadIn', 'pendingIn', 'relates'] as const satisfies (keyof EntryRow)[]
type State = (typeof STATES)[number]

/** Returns whether a row is in no state but these. */
export const hasOnly = (row: EntryRow, ...states: readonly State[]): boolean => STATES.every((state) => row[state] === undefined || states.includes(state))

/** Returns a row in no state but these. */
export function keepingOnly (row: EntryRow, ...states: readonly State[]): EntryRow {
  const gone: readonly string[] = STATES.filter((state) => !states.includes(state))
  return Object.fromEntries(Object.entries(row).filter(([column]) => !gone.includes(column))) as unknown as EntryRow
}

/**
 * How an entry is about another: by the kind of the one (`rooms/messages/kinds`) and the id of the other. Behind their room, so that all
 * relations of one kind in one room are one range of the index.
 */
export const relationKey = (roomTag: RoomTag, kind: string, id: EnvelopeId): string => `${roomTag}/${kind}/${id}`
export const relationTarget = (key: string): EnvelopeId => key.slice(key.lastIndexOf('/') + 1) as EnvelopeId
export const relationKind = (key: string): string => key.slice(key.indexOf('/') + 1, key.lastIndexOf('/'))

/** Consecutive messages of one log in one row (`stretch.ts`). */
export interface StretchRow {
  /** Tells which messages they are: `keyOf`. */
  key: Uint8Array<ArrayBuffer>
  /** Room ‖ place of the last message. */
  last: Uint8Array<ArrayBuffer>
  /** Of each message, one after the other: where it is shown, with its id. */
  places: Uint8Array<ArrayBuffer>
  /** The envelopes, one after the other, and where each ends. */
  bytes: Uint8Array<ArrayBuffer>
  ends: number[]
}

/** What is held of one device's log. */
export interface LogRow {
  roomTag: RoomTag
  devTag: DevTag
  device: DeviceKey
  have: LogRange[]
  head: EnvelopeId
  /** The epoch that its newest entries are sealed in, and the first position of that epoch that is held. */
  newestEpoch?: { epochId: EpochId, from: number } | undefined
  /** Only on this device's own log after damage: the last position it has ever written, which is not written again. */
  written?: { seq: number, id: EnvelopeId, lamport: number }
}

/** What another replica is known to hold of what this device wrote. `device` is `node` for the mailbox. */
export interface ReceiptRow {
  roomTag: RoomTag
  device: DeviceKey | 'node'
  /** What is held there of this device's log. */
  held: LogRange[]
  /** The same of the logs of this person's other devices; absent in what older versions wrote. */
  twins?: { devTag: DevTag, held: LogRange[] }[]
  lastSeenAt: number
}
