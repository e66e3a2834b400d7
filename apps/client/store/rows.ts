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
  /** Only on edits: the message they change. */
  editOf?: EnvelopeId
  /** Only on deletions: a `deletedKey` for each entry they take back. */
  deletes?: string[]
}

/** Ids behind their room, so that all that was taken back in one room is one range of the index. */
export const deletedKey = (roomTag: RoomTag, id: EnvelopeId): string => `${roomTag}/${id}`

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
