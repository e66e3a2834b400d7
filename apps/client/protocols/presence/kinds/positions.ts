/** Positions in logs, as receipts and read marks name them. */
import { fromHex, toHex, type DevTag } from '#shared/ids.ts'
import { ROOM_MAX_MEMBERS } from '#shared/limits.ts'
import { readArray, readBytes, readUint, WireError, type Cbor } from '#shared/wire/cbor.ts'
import { mergeRanges } from '#shared/wire/sync/ranges.ts'

/** Part of a log that is held, both ends included. */
export interface HeldRange { devTag: DevTag, from: number, to: number }
/** Everything of a log up to a position. */
export interface ReadPosition { devTag: DevTag, seq: number }

/** So many positions fit into a frame whatever their numbers are: 36 bytes each at most. */
export const POSITIONS_PER_FRAME = 110

export const partsOf = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / POSITIONS_PER_FRAME) }, (_, nth) => all.slice(nth * POSITIONS_PER_FRAME, (nth + 1) * POSITIONS_PER_FRAME))

export const heldFields = (held: readonly HeldRange[]): Cbor => held.map(({ devTag, from, to }) => [fromHex(devTag), from, to])
export const readFields = (read: readonly ReadPosition[]): Cbor => read.map(({ devTag, seq }) => [fromHex(devTag), seq])

const readTag = (value: unknown): DevTag => toHex(readBytes(value, 'dev-tag', 16)) as DevTag

/** @throws {WireError} */
export function decodeHeld (value: unknown): HeldRange[] {
  const held = readArray(value, 'held')
  if (held.length > ROOM_MAX_MEMBERS) throw new WireError('too-many-receipts')
  return held.map((entry) => {
    const [devTag, from, to] = readArray(entry, 'held-range', 3)
    const range = { devTag: readTag(devTag), from: readUint(from, 'from', 1), to: readUint(to, 'to', 1) }
    if (range.to < range.from) throw new WireError('malformed-held-range')
    return range
  })
}

/** @throws {WireError} */
export function decodeRead (value: unknown): ReadPosition[] {
  const positions = readArray(value, 'read')
  if (positions.length > ROOM_MAX_MEMBERS) throw new WireError('too-many-marks')
  return positions.map((entry) => {
    const [devTag, seq] = readArray(entry, 'read-position', 2)
    return { devTag: readTag(devTag), seq: readUint(seq, 'seq', 1) }
  })
}

export function uniteHeld (before: readonly HeldRange[], now: readonly HeldRange[]): HeldRange[] {
  const byLog = Map.groupBy([...before, ...now], ({ devTag }) => devTag)
  return [...byLog].flatMap(([devTag, ranges]) => mergeRanges(ranges).map(({ from, to }) => ({ devTag, from, to })))
}

export function uniteRead (before: readonly ReadPosition[], now: readonly ReadPosition[]): ReadPosition[] {
  const highest = new Map<DevTag, number>()
  for (const { devTag, seq } of [...before, ...now]) highest.set(devTag, Math.max(seq, highest.get(devTag) ?? 0))
  return [...highest].map(([devTag, seq]) => ({ devTag, seq }))
}
