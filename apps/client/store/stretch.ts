/**
 * History in few rows. Consecutive messages of one log that come together, and of which nothing is to be known but their place, rest in one row: a
 * stretch. As rows of their own, a hundred thousand of them and their indexes would keep the disk busy ten times as long; as entries in an index of
 * stretches, five times. So a stretch's key tells which messages it holds (`stretches.ts`).
 */
import { toHex, writeHex, type DevTag, type EnvelopeId, type RoomTag } from '#shared/ids.ts'
import { hasOnly, type EntryRow, type MessageOrder, type StretchRow } from './rows.ts'

/** Fewer stay rows of their own. */
const ENTRIES_MIN = 4
/** About a page: more would be read in vain for a single message. */
export const STRETCH_ENTRIES_MAX = 64
const BYTES_MAX = 65_536
/** Lamport clocks from the first message to the last: how far around a place the stretches are looked for that lie across it. */
export const CLOCKS_MAX = 4096
const TAG_BYTES = 16
const NUMBER_BYTES = 8
const PLACE_BYTES = 2 * NUMBER_BYTES + 32
/** Enough to find an id by; what is found is compared in full. */
const START_BYTES = 4
/** Where the parts of a key begin: room ‖ log ‖ last position ‖ first position ‖ bytes ‖ first place ‖ last place ‖ the start of each id. */
const LOG_AT = TAG_BYTES
export const TO_AT = LOG_AT + TAG_BYTES
const FROM_AT = TO_AT + NUMBER_BYTES
const SIZE_AT = FROM_AT + NUMBER_BYTES
const FIRST_AT = SIZE_AT + NUMBER_BYTES
const LAST_AT = FIRST_AT + PLACE_BYTES
const STARTS_AT = LAST_AT + PLACE_BYTES

export type Position = Pick<EntryRow, 'roomTag' | 'devTag' | 'seq'>

/** What the key of a stretch tells: which positions it holds, the bytes of their envelopes, and between which places they are shown. */
export interface Span { key: Uint8Array<ArrayBuffer>, from: number, to: number, size: number, first: Uint8Array, last: Uint8Array }

export type PlainRow = EntryRow & { order: MessageOrder }

/** Lamport clock ‖ time ‖ id: bytes that are ordered as messages are shown. */
export function placeOf ([lamport, shownAt, id]: MessageOrder): Uint8Array<ArrayBuffer> {
  const place = new Uint8Array(PLACE_BYTES)
  writeNumber(place, 0, lamport)
  writeNumber(place, NUMBER_BYTES, shownAt)
  writeHex(id, place, 2 * NUMBER_BYTES)
  return place
}

/** What the index of last places is ordered by. */
export const inRoom = (room: Uint8Array, place: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.of(...room, ...place)

export const orderAt = (place: Uint8Array): MessageOrder => [numberAt(place, 0), numberAt(place, NUMBER_BYTES), toHex(place.subarray(2 * NUMBER_BYTES)) as EnvelopeId]

/** Room ‖ log ‖ position: what all keys of stretches that end there or later in that log are not below. */
export function keyFrom ({ roomTag, devTag, seq }: Position): Uint8Array<ArrayBuffer> {
  const key = new Uint8Array(FROM_AT)
  writeHex(roomTag, key, 0)
  writeHex(devTag, key, LOG_AT)
  writeNumber(key, TO_AT, seq)
  return key
}

function keyOf (run: readonly PlainRow[], places: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const key = new Uint8Array(STARTS_AT + run.length * START_BYTES), [{ roomTag, devTag, seq: from }] = run as [PlainRow]
  key.set(keyFrom({ roomTag, devTag, seq: from + run.length - 1 }))
  writeNumber(key, FROM_AT, from)
  writeNumber(key, SIZE_AT, size)
  key.set(places[0] ?? [], FIRST_AT)
  key.set(places.at(-1) ?? [], LAST_AT)
  places.forEach((place, nth) => key.set(place.subarray(2 * NUMBER_BYTES, 2 * NUMBER_BYTES + START_BYTES), STARTS_AT + nth * START_BYTES))
  return key
}

/** IndexedDB answers keys as bare buffers. */
export function spanOf (buffer: ArrayBuffer | Uint8Array): Span {
  const key = new Uint8Array(buffer)
  return { key, from: numberAt(key, FROM_AT), to: numberAt(key, TO_AT), size: numberAt(key, SIZE_AT), first: key.subarray(FIRST_AT, LAST_AT), last: key.subarray(LAST_AT, STARTS_AT) }
}

/** Safe integers, so that bytes are ordered as they are; none begins with 0xff. */
function writeNumber (bytes: Uint8Array<ArrayBuffer>, at: number, value: number): void {
  const view = new DataView(bytes.buffer)
  view.setUint32(at, Math.floor(value / 2 ** 32))
  view.setUint32(at + 4, value % 2 ** 32)
}

function numberAt (bytes: Uint8Array, at: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  return view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4)
}

/** Above all that begins with these bytes and goes on with a number. */
export const above = (prefix: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.of(...prefix, 0xff)

export function compareBytes (a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** A message that is shown and read, and nothing else: all of its row but the bytes is in its place. */
const isPlain = (row: EntryRow): row is PlainRow => row.order?.[2] === row.id && hasOnly(row, 'order')

/** Fresh rows as they are kept: what of them can rest in stretches, and the others. */
export interface PackedRows { stretches: readonly StretchRow[], alone: readonly EntryRow[] }

/** Copies the bytes of what rests in stretches. */
export function packRows (rows: readonly EntryRow[]): PackedRows {
  const stretches: StretchRow[] = []
  const alone = rows.filter((row) => !isPlain(row))
  const logs = Map.groupBy(rows.filter(isPlain), ({ roomTag, devTag }) => `${roomTag}/${devTag}`)
  for (const log of logs.values()) {
    for (const run of consecutive(log.toSorted((a, b) => a.seq - b.seq))) {
      if (run.length < ENTRIES_MIN) alone.push(...run)
      else stretches.push(pack(run))
    }
  }
  return { stretches, alone }
}

/** Runs of one log that are in order; of somebody whose clock goes back they end there. */
function consecutive (rows: readonly PlainRow[]): PlainRow[][] {
  const runs: PlainRow[][] = []
  let bytes = 0
  for (const row of rows) {
    const run = runs.at(-1), [first] = run ?? [], before = run?.at(-1)
    bytes += row.bytes.length
    const goesOn = first !== undefined && before?.seq === row.seq - 1 && compareOrder(before.order, row.order) < 0 && row.order[0] - first.order[0] <= CLOCKS_MAX
    if (run !== undefined && goesOn && run.length < STRETCH_ENTRIES_MAX && bytes <= BYTES_MAX) run.push(row)
    else {
      runs.push([row])
      bytes = row.bytes.length
    }
  }
  return runs
}

function pack (run: readonly PlainRow[]): StretchRow {
  const size = run.reduce((total, row) => total + row.bytes.length, 0)
  const bytes = new Uint8Array(size), places = new Uint8Array(run.length * PLACE_BYTES)
  let at = 0
  const ends = run.map((row) => {
    bytes.set(row.bytes, at)
    return at += row.bytes.length
  })
  const each = run.map(({ order }, nth) => {
    places.set(placeOf(order), nth * PLACE_BYTES)
    return places.subarray(nth * PLACE_BYTES, (nth + 1) * PLACE_BYTES)
  })
  const key = keyOf(run, each, size)
  return { key, last: inRoom(key.subarray(0, LOG_AT), key.subarray(LAST_AT, STARTS_AT)), places, bytes, ends }
}

/** Its rows, ascending, as they were. */
export function unpack ({ key, places, bytes, ends }: StretchRow): PlainRow[] {
  const first = { roomTag: toHex(key.subarray(0, LOG_AT)) as RoomTag, devTag: toHex(key.subarray(LOG_AT, TO_AT)) as DevTag, seq: spanOf(key).from }
  return rowsFrom(first, ends.map((_, nth) => places.subarray(nth * PLACE_BYTES, (nth + 1) * PLACE_BYTES)), { bytes, ends })
}

/** Rows of one log from a position on, by where each is shown and by their envelopes one after the other. */
export const rowsFrom = ({ roomTag, devTag, seq }: Position, places: readonly Uint8Array[], { bytes, ends }: Pick<StretchRow, 'bytes' | 'ends'>): PlainRow[] =>
  places.map((place, nth) => {
    const order = orderAt(place)
    return { roomTag, devTag, seq: seq + nth, id: order[2], bytes: bytes.slice(nth === 0 ? 0 : ends[nth - 1], ends[nth]), order }
  })

/** Whether a stretch holds one of these ids: seldom wrongly yes, never wrongly no. */
export function mayHold (ids: readonly EnvelopeId[]): (span: Span) => boolean {
  const starts = new Set(ids.map((id) => parseInt(id.slice(0, 2 * START_BYTES), 16)))
  return ({ key }) => {
    const view = new DataView(key.buffer)
    for (let at = STARTS_AT; at < key.length; at += START_BYTES) if (starts.has(view.getUint32(at))) return true
    return false
  }
}

/** The order messages are shown in. */
export const compareOrder = (a: MessageOrder, b: MessageOrder): number =>
  a[0] - b[0] || a[1] - b[1] || (a[2] < b[2] ? -1 : a[2] > b[2] ? 1 : 0)
