/** Stretches as version 3 of the database kept them, with a place and the start of an id in the indexes for each message. */
import type { DevTag, RoomTag } from '#shared/ids.ts'
import type { EntryRow } from './rows.ts'
import { rowsFrom } from './stretch.ts'

export interface IndexedStretchRow {
  roomTag: RoomTag
  devTag: DevTag
  from: number
  /** Room ‖ lamport clock ‖ time ‖ id. */
  places: Uint8Array<ArrayBuffer>[]
  bytes: Uint8Array<ArrayBuffer>
  ends: number[]
}

const ROOM_BYTES = 16

export const unpackIndexed = ({ roomTag, devTag, from, places, ...envelopes }: IndexedStretchRow): EntryRow[] =>
  rowsFrom({ roomTag, devTag, seq: from }, places.map((place) => place.subarray(ROOM_BYTES)), envelopes)
