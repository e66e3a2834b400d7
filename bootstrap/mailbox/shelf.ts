/**
 * What the mailbox has of one room: the state vector in memory, the sealed envelopes in the database. A `Replica` for whoever is connected,
 * with what they bring counted against their account.
 */
import type { AccountId, DevTag, RoomTag } from '#shared/ids.ts'
import { encodeEnvelope, readEnvelope, type Envelope, type VerifiedEnvelope } from '#shared/wire/envelope.ts'
import type { Access, DeviceLog, LogRange, Replica } from '#shared/wire/sync/index.ts'
import { covers, highestOf, mergeRanges, rangesOf } from '#shared/wire/sync/ranges.ts'
import { costOfEntry, LOG_COST_BYTES } from '../disk/costs.ts'
import type { MailboxStore } from '../store/mailbox.ts'
import type { MailboxEntries, NewMailboxEntry } from '../store/mailbox-entries.ts'
import type { MailboxQuota } from './quota.ts'

/** Rows per query when reading: a run of 58 kB is about 200 short messages. */
const READ_ROWS = 256

export interface Shelf {
  readonly roomTag: RoomTag
  readonly access: Access
  /** The room for somebody whose account is charged. */
  replicaFor(account: AccountId): Replica
  /** Messages of this log up to the answer had their time and are not taken again. */
  expiredTo(devTag: DevTag): number
  has(devTag: DevTag): boolean
  /** Number of logs. */
  readonly size: number
  /** Reads the vector from the database again, after entries have expired. */
  reload(): Promise<void>
}

export interface ShelfOptions {
  store: Pick<MailboxStore, 'entries' | 'logs'>
  quota: MailboxQuota
  roomTag: RoomTag
  access: Access
  /** Unix ms for what is stored. */
  stamp: () => number
  onFork: (roomTag: RoomTag, devTag: DevTag) => void
}

export async function openShelf ({ store, quota, roomTag, access, stamp, onFork }: ShelfOptions): Promise<Shelf> {
  let logs = new Map<DevTag, DeviceLog>()
  let expired = new Map<DevTag, number>()

  async function reload (): Promise<void> {
    const rows = await store.logs.listOf(roomTag)
    expired = new Map(rows.map(({ devTag, expiredTo }) => [devTag, expiredTo]))
    logs = new Map()
    for (const { devTag, device, have, head } of rows) {
      if (head !== null) logs.set(devTag, { devTag, device, have, head })
    }
  }

  async function keep (entries: readonly VerifiedEnvelope[], account: AccountId): Promise<void> {
    const fresh = entries.filter(({ header }) => !covers(logs.get(header.devTag)?.have ?? [], header.seq))
    if (fresh.length === 0) return
    const rows = fresh.map(rowOf)
    const begun = new Set(rows.map(({ devTag }) => devTag).filter((devTag) => !logs.has(devTag))).size
    const bytes = rows.reduce((total, { envelope }) => total + costOfEntry(envelope.length), begun * LOG_COST_BYTES)
    await quota.charge(account, { bytes, rows: rows.length + begun }, async () =>
      await store.entries.append(roomTag, rows, { accountId: account, now: stamp() }))
    note(fresh)
  }

  /** Brings the vector to what was just stored. */
  function note (entries: readonly VerifiedEnvelope[]): void {
    for (const [devTag, written] of Map.groupBy(entries, ({ header }) => header.devTag)) {
      const newest = written.reduce((a, b) => b.header.seq > a.header.seq ? b : a)
      const known = logs.get(devTag)
      const have = mergeRanges([...known?.have ?? [], ...rangesOf(written.map(({ header }) => header.seq).sort((a, b) => a - b))])
      const head = known !== undefined && highestOf(known.have) >= newest.header.seq ? known.head : newest.id
      logs.set(devTag, { devTag, device: newest.device, have, head })
    }
  }

  const shared: Omit<Replica, 'append'> = {
    roomTag,
    vector: () => logs,
    read: async (devTag, range, options) => await readEntries(store.entries, roomTag, devTag, range, options),
    async idAt (devTag, seq) {
      const log = logs.get(devTag)
      if (!covers(log?.have ?? [], seq)) return null
      if (log !== undefined && seq === highestOf(log.have)) return log.head
      return await store.entries.idAt(roomTag, devTag, seq)
    },
    // The proof travels on in the session; members judge it.
    reportFork: (first) => onFork(roomTag, first.header.devTag)
  }

  await reload()
  return {
    roomTag,
    access,
    replicaFor: (account) => ({ ...shared, append: async (entries) => await keep(entries, account) }),
    expiredTo: (devTag) => expired.get(devTag) ?? 0,
    has: (devTag) => logs.has(devTag),
    get size () { return logs.size },
    reload
  }
}

const rowOf = (entry: VerifiedEnvelope): NewMailboxEntry => ({
  devTag: entry.header.devTag,
  device: entry.device,
  seq: entry.header.seq,
  id: entry.id,
  isOperation: entry.header.kind === 'operation',
  envelope: encodeEnvelope(entry)
})

async function readEntries (
  entries: MailboxEntries, roomTag: RoomTag, devTag: DevTag, { from, to }: LogRange,
  { maxBytes, only }: { maxBytes: number, only?: 'operations' }
): Promise<Envelope[]> {
  const limit = maxBytes <= 1 ? 1 : READ_ROWS
  const found: Envelope[] = []
  let bytes = 0, below = to
  for (;;) {
    const options = { limit, ...only === undefined ? {} : { only } }
    const rows = await entries.read(roomTag, devTag, { from, to: below }, options)
    for (const row of rows) {
      bytes += row.envelope.length
      if (bytes > maxBytes && found.length > 0) return found.reverse()
      found.push({ ...readEnvelope(row.envelope), id: row.id })
      below = row.seq - 1
    }
    if (rows.length < READ_ROWS) return found.reverse()
  }
}
