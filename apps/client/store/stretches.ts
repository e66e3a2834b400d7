/**
 * History in few rows. Consecutive messages of one log that come together, and of which nothing is to be known but their place, rest in one row: a
 * stretch. As rows of their own, a hundred thousand of them and their indexes would keep the disk busy ten times as long. Only `entries.ts` knows
 * that there are stretches; whatever changes one of their messages takes the stretch apart first (`takeApart`).
 */
import { fromHex, toHex, type DevTag, type EnvelopeId, type RoomTag } from '#shared/ids.ts'
import type { LogRange } from '#shared/wire/sync/replica.ts'
import type { EntryRow, MessageOrder, ParleyDatabase, StretchRow } from './schema.ts'

/** Fewer stay rows of their own. */
const ENTRIES_MIN = 4
/** About a page: more would be read in vain for a single message. */
export const STRETCH_ENTRIES_MAX = 64
const BYTES_MAX = 65_536
const TAG_BYTES = 16
const NUMBER_BYTES = 8
const ID_AT = TAG_BYTES + 2 * NUMBER_BYTES
/** Enough to find an id by; what is found is compared in full. */
const START_BYTES = 8

export type Position = Pick<EntryRow, 'roomTag' | 'devTag' | 'seq'>

/** Room ‖ lamport clock ‖ time ‖ id: bytes that are ordered as messages are shown. */
function placeOf (roomTag: RoomTag, [lamport, shownAt, id]: MessageOrder): Uint8Array<ArrayBuffer> {
  const idBytes = fromHex(id), place = new Uint8Array(ID_AT + idBytes.length)
  place.set(fromHex(roomTag))
  writeNumber(place, TAG_BYTES, lamport)
  writeNumber(place, TAG_BYTES + NUMBER_BYTES, shownAt)
  place.set(idBytes, ID_AT)
  return place
}

/** Room ‖ log ‖ last position, ordered as they are: each entry of the indexes repeats it, and as text it would be most of what is written. */
function keyOf ({ roomTag, devTag, seq }: Position): Uint8Array<ArrayBuffer> {
  const key = new Uint8Array(2 * TAG_BYTES + NUMBER_BYTES)
  key.set(fromHex(roomTag))
  key.set(fromHex(devTag), TAG_BYTES)
  writeNumber(key, 2 * TAG_BYTES, seq)
  return key
}

/** Safe integers, so that bytes are ordered as they are; none begins with 0xff. */
function writeNumber (bytes: Uint8Array<ArrayBuffer>, at: number, value: number): void {
  const view = new DataView(bytes.buffer)
  view.setUint32(at, Math.floor(value / 2 ** 32))
  view.setUint32(at + 4, value % 2 ** 32)
}

/** Above all that begins with these bytes and goes on with a number. */
const above = (prefix: Uint8Array): Uint8Array<ArrayBuffer> => Uint8Array.of(...prefix, 0xff)

function orderAt (place: Uint8Array): MessageOrder {
  const view = new DataView(place.buffer, place.byteOffset)
  const numberAt = (at: number): number => view.getUint32(at) * 2 ** 32 + view.getUint32(at + 4)
  return [numberAt(TAG_BYTES), numberAt(TAG_BYTES + NUMBER_BYTES), toHex(place.subarray(ID_AT)) as EnvelopeId]
}

const startOf = (id: EnvelopeId): Uint8Array<ArrayBuffer> => fromHex(id.slice(0, 2 * START_BYTES))

/** A message that is shown and read, and nothing else: all of its row but the bytes is in its place. */
const isPlain = (row: EntryRow): row is EntryRow & { order: MessageOrder } => row.order?.[2] === row.id && row.operationOf === undefined &&
  row.unreadIn === undefined && row.pendingIn === undefined && row.editOf === undefined && row.deletes === undefined

/** What of fresh rows can rest in stretches, and the others. */
export function packRows (rows: readonly EntryRow[]): { stretches: StretchRow[], alone: EntryRow[] } {
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

function consecutive<Row extends EntryRow> (rows: readonly Row[]): Row[][] {
  const runs: Row[][] = []
  let bytes = 0
  for (const row of rows) {
    const run = runs.at(-1)
    bytes += row.bytes.length
    if (run !== undefined && run.at(-1)?.seq === row.seq - 1 && run.length < STRETCH_ENTRIES_MAX && bytes <= BYTES_MAX) run.push(row)
    else {
      runs.push([row])
      bytes = row.bytes.length
    }
  }
  return runs
}

function pack (run: readonly (EntryRow & { order: MessageOrder })[]): StretchRow {
  const [{ roomTag, devTag, seq: from }] = run as [EntryRow], to = from + run.length - 1
  const bytes = new Uint8Array(run.reduce((total, row) => total + row.bytes.length, 0))
  let at = 0
  const ends = run.map((row) => {
    bytes.set(row.bytes, at)
    return at += row.bytes.length
  })
  return {
    key: keyOf({ roomTag, devTag, seq: to }), roomTag, devTag, from, to, bytes, ends,
    places: run.map(({ order }) => placeOf(roomTag, order)), starts: run.map(({ id }) => startOf(id))
  }
}

/** Its rows, ascending, as they were. */
const unpack = ({ roomTag, devTag, from, places, bytes, ends }: StretchRow): EntryRow[] => places.map((place, nth) => {
  const order = orderAt(place)
  return { roomTag, devTag, seq: from + nth, id: order[2], bytes: bytes.slice(nth === 0 ? 0 : ends[nth - 1], ends[nth]), order }
})

/** Each once, however often an index has led to it. IndexedDB answers keys as bare buffers. */
async function stretchesAt (db: ParleyDatabase, keys: readonly (ArrayBuffer | Uint8Array)[]): Promise<StretchRow[]> {
  const once = new Map(keys.map((key) => new Uint8Array(key)).map((key) => [toHex(key), key]))
  return (await db.stretches.bulkGet([...once.values()])).filter((stretch) => stretch !== undefined)
}

const rowsOf = async (...found: Parameters<typeof stretchesAt>): Promise<EntryRow[]> => (await stretchesAt(...found)).flatMap(unpack)

/** The stretches that hold some of these positions. */
async function holding (db: ParleyDatabase, positions: readonly Position[]): Promise<StretchRow[]> {
  const keys = await Promise.all(positions.map(async (position) =>
    await db.stretches.where('key').between(keyOf(position), above(keyOf(position).subarray(0, 2 * TAG_BYTES))).limit(1).primaryKeys()))
  return (await stretchesAt(db, keys.flat())).filter(({ roomTag, devTag, from, to }) =>
    positions.some((position) => position.roomTag === roomTag && position.devTag === devTag && from <= position.seq && position.seq <= to))
}

/** Gives the messages of stretches that hold these positions rows of their own. Within a transaction that writes both tables. */
export async function takeApart (db: ParleyDatabase, positions: readonly Position[]): Promise<void> {
  const stretches = positions.length === 0 ? [] : await holding(db, positions)
  if (stretches.length === 0) return
  await db.stretches.bulkDelete(stretches.map(({ key }) => key))
  await db.entries.bulkPut(stretches.flatMap(unpack))
}

/** All stretches of a room. */
export const stretchesOf = (db: ParleyDatabase, roomTag: RoomTag) => db.stretches.where('key').between(fromHex(roomTag), above(fromHex(roomTag)))

/** What is read of stretches, each as `Entries` says of all. */
export interface StretchReads {
  at(position: Position): Promise<EntryRow | null>
  byIds(roomTag: RoomTag, ids: readonly EnvelopeId[]): Promise<EntryRow[]>
  newestOf(roomTag: RoomTag, devTag: DevTag, range: LogRange, limit: number): Promise<EntryRow[]>
  /** At least these, in no order: the newest older than `before`. */
  before(roomTag: RoomTag, before: MessageOrder | null, limit: number): Promise<EntryRow[]>
  /** At least these, in no order: the oldest from `from` on. */
  since(roomTag: RoomTag, from: MessageOrder | null, limit?: number): Promise<EntryRow[]>
  nthNewest(roomTag: RoomTag, newer: number): Promise<EntryRow | null>
  /** How many are shown after a message; of all of them without one. */
  countAfter(roomTag: RoomTag, order: MessageOrder | null): Promise<number>
  sizeOf(roomTag: RoomTag): Promise<{ entries: number, bytes: number }>
}

export function createStretchReads (db: ParleyDatabase): StretchReads {
  const lowest = (roomTag: RoomTag): Uint8Array<ArrayBuffer> => fromHex(roomTag)
  /** Above every place in the room: no lamport clock begins like this. */
  const highest = (roomTag: RoomTag): Uint8Array<ArrayBuffer> => above(fromHex(roomTag))
  const placed = (roomTag: RoomTag, from: MessageOrder | null, to: MessageOrder | null, withFrom = true) => db.stretches.where('places')
    .between(from === null ? lowest(roomTag) : placeOf(roomTag, from), to === null ? highest(roomTag) : placeOf(roomTag, to), withFrom, false)

  return {
    async at (position) {
      const [stretch] = await holding(db, [position])
      return stretch === undefined ? null : unpack(stretch)[position.seq - stretch.from] ?? null
    },
    async byIds (roomTag, ids) {
      const wanted = new Set(ids)
      const rows = await rowsOf(db, await db.stretches.where('starts').anyOf(ids.map(startOf)).primaryKeys())
      return rows.filter((row) => row.roomTag === roomTag && wanted.has(row.id))
    },
    async newestOf (roomTag, devTag, { from, to }, limit) {
      const rows = (await holding(db, [{ roomTag, devTag, seq: to }])).flatMap((stretch) => unpack(stretch).reverse()).filter(({ seq }) => from <= seq && seq <= to)
      for (let below = to; rows.length < limit;) {
        const stretches = await db.stretches.where('key').between(keyOf({ roomTag, devTag, seq: from }), keyOf({ roomTag, devTag, seq: below }))
          .reverse().limit(Math.ceil((limit - rows.length) / STRETCH_ENTRIES_MAX)).toArray()
        for (const stretch of stretches) rows.push(...unpack(stretch).reverse().filter(({ seq }) => from <= seq))
        const last = stretches.at(-1)
        if (last === undefined) break
        below = last.to
      }
      return rows.slice(0, limit)
    },
    async before (roomTag, before, limit) {
      const rows = await rowsOf(db, await placed(roomTag, null, before).reverse().limit(limit).primaryKeys())
      return rows.filter(({ order }) => order !== undefined && (before === null || compareOrder(order, before) < 0))
    },
    async since (roomTag, from, limit = Infinity) {
      const rows = await rowsOf(db, await placed(roomTag, from, null).limit(limit).primaryKeys())
      return rows.filter(({ order }) => order !== undefined && (from === null || compareOrder(order, from) >= 0))
    },
    async nthNewest (roomTag, newer) {
      const [place] = await placed(roomTag, null, null).reverse().offset(newer).limit(1).keys() as unknown as ArrayBuffer[]
      if (place === undefined) return null
      const order = orderAt(new Uint8Array(place))
      return (await rowsOf(db, await db.stretches.where('places').equals(place).primaryKeys())).find(({ id }) => id === order[2]) ?? null
    },
    countAfter: async (roomTag, order) => await placed(roomTag, order, null, order === null).count(),
    async sizeOf (roomTag) {
      const size = { entries: 0, bytes: 0 }
      await stretchesOf(db, roomTag).each(({ from, to, bytes }) => {
        size.entries += to - from + 1
        size.bytes += bytes.length
      })
      return size
    }
  }
}

/** The order messages are shown in. */
export const compareOrder = (a: MessageOrder, b: MessageOrder): number =>
  a[0] - b[0] || a[1] - b[1] || (a[2] < b[2] ? -1 : a[2] > b[2] ? 1 : 0)
