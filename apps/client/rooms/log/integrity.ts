/**
 * Whether what is stored is what was taken in: every id is the hash of its entry, every entry names the one before it, and the newest of
 * each stretch is signed. What does not fit is let go of, so that sync fetches it again from whoever has it.
 */
import type { RoomTag } from '#shared/ids.ts'
import { envelopeIdOf, verifyEnvelope, type Envelope } from '#shared/wire/envelope.ts'
import { WireError } from '#shared/wire/cbor.ts'
import { highestOf, rangesOf, subtractRanges } from '#shared/wire/sync/ranges.ts'
import type { DeviceLog, LogRange } from '#shared/wire/sync/replica.ts'
import type { EntryRow, Store } from '../../store/index.ts'
import { storedEnvelope } from './admit-entries.ts'

const BATCH_ROWS = 200

export interface Damage { checked: number, damaged: number[] }

/** Checks a log from its newest entry down, at most `limit` positions. */
export async function findDamage (store: Store, tag: RoomTag, log: DeviceLog, limit = Infinity): Promise<Damage> {
  const found: Damage = { checked: 0, damaged: [] }
  for (const range of log.have.toReversed()) {
    if (found.checked >= limit) break
    await checkStretch(store, tag, log, range, limit, found)
  }
  return found
}

async function checkStretch (store: Store, tag: RoomTag, log: DeviceLog, range: LogRange, limit: number, found: Damage): Promise<void> {
  /** The entry above: good, and so authenticated by a signature further up. */
  let above: Envelope | null = null
  for (let to = range.to; to >= range.from && found.checked < limit;) {
    const from = Math.max(range.from, to - Math.min(BATCH_ROWS, limit - found.checked) + 1)
    const rows = new Map((await store.entries.newestOf(tag, log.devTag, { from, to }, BATCH_ROWS)).map((row) => [row.seq, row]))
    for (let seq = to; seq >= from; seq--) {
      const row = rows.get(seq)
      const envelope: Envelope | null = row === undefined ? null : await checkRow(row, tag, log, above)
      found.checked++
      if (envelope === null) found.damaged.push(seq)
      above = envelope
    }
    to = from - 1
  }
}

/** The entry when it is what it has to be, else null. */
async function checkRow (row: EntryRow, tag: RoomTag, log: DeviceLog, above: Envelope | null): Promise<Envelope | null> {
  const envelope = storedEnvelope(row)
  if (envelope === null) return null
  const { header, headerBytes, body } = envelope
  const isHere = header.roomTag === tag && header.devTag === log.devTag && header.seq === row.seq
  const isFiled = (header.kind === 'operation') === (row.operationOf !== undefined) && (row.order === undefined || row.order[2] === row.id)
  if (!isHere || !isFiled || envelopeIdOf(headerBytes, body) !== row.id) return null
  if (row.seq === highestOf(log.have) && row.id !== log.head) return null
  if (above !== null) return above.header.prev === row.id ? envelope : null
  try {
    return await verifyEnvelope(envelope, log.device)
  } catch (error) {
    if (error instanceof WireError) return null
    throw error
  }
}

/** What is left of a log without some positions; null when that is nothing. `headOf` reads the id at a position that is left. */
export async function withoutDamage<Log extends DeviceLog> (
  log: Log, damaged: readonly number[], headOf: (seq: number) => Promise<DeviceLog['head'] | null>
): Promise<Log | null> {
  const have = subtractRanges(log.have, rangesOf(damaged.toSorted((a, b) => a - b)))
  const head = have.length === 0 ? null : await headOf(highestOf(have))
  return head === null ? null : { ...log, have, head }
}
