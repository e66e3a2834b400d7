/**
 * What is read of stretches (`stretch.ts`). No message has an entry in an index: the keys of a room's stretches tell what each holds, and are read in
 * one step; a hundred thousand messages have some 1,600. Pages are found by the last places. Only `entries.ts` knows that there are stretches;
 * whatever changes one of their messages takes the stretch apart first (`takeApart`).
 */
import { fromHex, toHex, type DevTag, type EnvelopeId, type RoomTag } from '#shared/ids.ts'
import type { LogRange } from '#shared/wire/sync/replica.ts'
import type { EntryRow, MessageOrder, StretchRow } from './rows.ts'
import type { ParleyDatabase } from './schema.ts'
import {
  above, CLOCKS_MAX, compareBytes, compareOrder, inRoom, keyFrom, mayHold, orderAt, placeOf, spanOf, STRETCH_ENTRIES_MAX, TO_AT, unpack, type PlainRow, type Position, type Span
} from './stretch.ts'

/** No place is below it. */
const EVERYTHING = new Uint8Array()
/** No place is above it. */
const BEYOND = Uint8Array.of(0xff)

const stretchesAt = async (db: ParleyDatabase, spans: readonly Span[]): Promise<StretchRow[]> =>
  (await db.stretches.bulkGet(spans.map(({ key }) => key))).filter((stretch) => stretch !== undefined)

const rowsOf = async (...found: Parameters<typeof stretchesAt>): Promise<PlainRow[]> => (await stretchesAt(...found)).flatMap(unpack)

/** The stretches that hold some of these positions, each once. */
async function holding (db: ParleyDatabase, positions: readonly Position[]): Promise<StretchRow[]> {
  const spans = await Promise.all(positions.map(async (position) => {
    const keys = await db.stretches.where('key').between(keyFrom(position), above(keyFrom(position).subarray(0, TO_AT))).limit(1).primaryKeys()
    return keys.map(spanOf).filter(({ from }) => from <= position.seq)
  }))
  return await stretchesAt(db, [...new Map(spans.flat().map((span) => [toHex(span.key), span])).values()])
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
  const spansOf = async (roomTag: RoomTag): Promise<Span[]> => (await stretchesOf(db, roomTag).primaryKeys()).map(spanOf)

  /** Stretches by their last place: from one to below another. */
  const endingBetween = (roomTag: RoomTag, from: Uint8Array, to: Uint8Array) =>
    db.stretches.where('last').between(inRoom(fromHex(roomTag), from), inRoom(fromHex(roomTag), to), true, false)

  /** How many are shown from an edge on. Only stretches that lie across it are read. */
  const countFrom = async (spans: readonly Span[], edge: Uint8Array): Promise<number> => {
    const whole = spans.filter(({ first }) => compareBytes(first, edge) >= 0)
    const across = spans.filter(({ first, last }) => compareBytes(first, edge) < 0 && compareBytes(last, edge) >= 0)
    const rows = (await rowsOf(db, across)).filter(({ order }) => compareBytes(placeOf(order), edge) >= 0)
    return whole.reduce((total, { from, to }) => total + to - from + 1, rows.length)
  }

  /** Reads stretches one after the other until `limit` of their rows come before all that the next ones hold. */
  const readOn = async (spans: readonly Span[], limit: number, isWanted: (row: PlainRow) => boolean, comesBefore: (row: PlainRow, next: Span) => boolean): Promise<PlainRow[]> => {
    const step = Math.ceil(limit / STRETCH_ENTRIES_MAX), rows: PlainRow[] = []
    for (let at = 0; at < spans.length; at += step) {
      const next = spans[at]
      if (next !== undefined && rows.filter((row) => comesBefore(row, next)).length >= limit) break
      rows.push(...(await rowsOf(db, spans.slice(at, at + step))).filter(isWanted))
    }
    return rows
  }

  return {
    async at (position) {
      const [stretch] = await holding(db, [position])
      return stretch === undefined ? null : unpack(stretch).find(({ seq }) => seq === position.seq) ?? null
    },
    async byIds (roomTag, ids) {
      const wanted = new Set(ids)
      return (await rowsOf(db, (await spansOf(roomTag)).filter(mayHold(ids)))).filter(({ id }) => wanted.has(id))
    },
    async newestOf (roomTag, devTag, { from, to }, limit) {
      const rows = (await holding(db, [{ roomTag, devTag, seq: to }])).flatMap((stretch) => unpack(stretch).reverse()).filter(({ seq }) => from <= seq && seq <= to)
      for (let below = to; rows.length < limit;) {
        const stretches = await db.stretches.where('key').between(keyFrom({ roomTag, devTag, seq: from }), keyFrom({ roomTag, devTag, seq: below }))
          .reverse().limit(Math.ceil((limit - rows.length) / STRETCH_ENTRIES_MAX)).toArray()
        for (const stretch of stretches) rows.push(...unpack(stretch).reverse().filter(({ seq }) => from <= seq))
        const last = stretches.at(-1)
        if (last === undefined) break
        below = spanOf(last.key).to
      }
      return rows.slice(0, limit)
    },
    async before (roomTag, before, limit) {
      const edge = before === null ? null : placeOf(before)
      const across = before === null || edge === null ? [] : (await endingBetween(roomTag, edge, placeOf([before[0] + CLOCKS_MAX + 1, 0, before[2]])).primaryKeys())
        .map(spanOf).filter(({ first }) => compareBytes(first, edge) < 0)
      for (let count = Math.ceil(limit / STRETCH_ENTRIES_MAX) + 1; ; count *= 2) {
        const below = (await endingBetween(roomTag, EVERYTHING, edge ?? BEYOND).reverse().limit(count).primaryKeys()).map(spanOf)
        const isNewer = ({ order }: PlainRow, { last }: Span): boolean => compareOrder(order, orderAt(last)) > 0
        const rows = await readOn([...across, ...below], limit, ({ order }) => before === null || compareOrder(order, before) < 0, isNewer)
        const oldest = below.at(-1)
        if (oldest === undefined || below.length < count || rows.filter((row) => isNewer(row, oldest)).length >= limit) return rows
      }
    },
    async since (roomTag, from, limit = Infinity) {
      const edge = from === null ? null : placeOf(from)
      const spans = (await spansOf(roomTag)).filter(({ last }) => edge === null || compareBytes(last, edge) >= 0).sort((a, b) => compareBytes(a.first, b.first))
      return await readOn(spans, limit, ({ order }) => from === null || compareOrder(order, from) >= 0, ({ order }, { first }) => compareOrder(order, orderAt(first)) < 0)
    },
    async nthNewest (roomTag, newer) {
      const spans = await spansOf(roomTag)
      const edges = spans.map(({ first }) => first).sort((a, b) => compareBytes(b, a))
      // The newest edge from which on there are more than that: it is between this one and the one before.
      let low = 0
      for (let high = edges.length; low < high;) {
        const middle = (low + high) >> 1
        if (await countFrom(spans, edges[middle] ?? EVERYTHING) > newer) high = middle
        else low = middle + 1
      }
      const from = edges[low], upTo = edges[low - 1]
      if (from === undefined) return null
      const rows = await rowsOf(db, spans.filter(({ first, last }) => compareBytes(last, from) >= 0 && (upTo === undefined || compareBytes(first, upTo) < 0)))
      const between = rows.filter(({ order }) => compareBytes(placeOf(order), from) >= 0 && (upTo === undefined || compareBytes(placeOf(order), upTo) < 0))
      return between.sort((a, b) => compareOrder(b.order, a.order))[newer - (upTo === undefined ? 0 : await countFrom(spans, upTo))] ?? null
    },
    countAfter: async (roomTag, order) => await countFrom(await spansOf(roomTag), order === null ? EVERYTHING : above(placeOf(order))),
    async sizeOf (roomTag) {
      const spans = await spansOf(roomTag)
      return { entries: spans.reduce((total, { from, to }) => total + to - from + 1, 0), bytes: spans.reduce((total, { size }) => total + size, 0) }
    }
  }
}
