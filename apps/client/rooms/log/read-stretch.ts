import type { DevTag, RoomTag } from '#shared/ids.ts'
import type { Envelope } from '#shared/wire/envelope.ts'
import type { LogRange, Replica } from '#shared/wire/sync/replica.ts'
import type { Store } from '../../store/index.ts'
import { storedEnvelope } from './admit-entries.ts'

/** Rows fetched at a time: about one run. */
const BATCH = 200

/** What is served of a log, as `Replica.read` says. */
export async function readStretch (
  store: Pick<Store, 'entries'>, tag: RoomTag, of: DevTag, range: LogRange, { maxBytes, only }: Parameters<Replica['read']>[2]
): Promise<Envelope[]> {
  const envelopes: Envelope[] = []
  let bytes = 0
  for (let to = range.to; to >= range.from;) {
    const rows = await store.entries.newestOf(tag, of, { from: range.from, to }, BATCH)
    for (const row of rows) {
      if (only === 'operations' && row.operationOf === undefined) continue
      const envelope = storedEnvelope(row)
      if (envelope === null) continue
      bytes += row.bytes.length
      if (bytes > maxBytes && envelopes.length > 0) return envelopes.reverse()
      envelopes.push(envelope)
    }
    const oldest = rows.at(-1)
    if (oldest === undefined) break
    to = oldest.seq - 1
  }
  return envelopes.reverse()
}
