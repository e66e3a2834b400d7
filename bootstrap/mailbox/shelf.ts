/**
 * What the mailbox has of one room: the state vector in memory, the sealed envelopes in the database. A `Replica` for whoever is connected,
 * with what they bring counted against their account.
 */
import { sql } from 'kysely'
import type { AccountId, DeviceKey, DevTag, EnvelopeId, RoomTag } from '#shared/ids.ts'
import { encodeEnvelope, readEnvelope, type Envelope, type VerifiedEnvelope } from '#shared/wire/envelope.ts'
import type { Access, DeviceLog, LogRange, Replica } from '#shared/wire/sync/index.ts'
import { covers, highestOf, mergeRanges, rangesOf } from '#shared/wire/sync/ranges.ts'
import { costOfEntry, LOG_COST_BYTES } from '../disk/costs.ts'
import type { Db } from '../store/index.ts'
import type { MailboxQuota } from './quota.ts'

/** Rows per query when reading: a run of 58 kB is about 200 short messages. */
const READ_ROWS = 256
/** Rows per insert: 9 values each stay below the 32,766 that SQLite takes. */
const INSERT_ROWS = 500

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
  db: Db
  quota: MailboxQuota
  roomTag: RoomTag
  access: Access
  /** Unix ms for what is stored. */
  stamp: () => number
  onFork: (roomTag: RoomTag, devTag: DevTag) => void
}

export async function openShelf ({ db, quota, roomTag, access, stamp, onFork }: ShelfOptions): Promise<Shelf> {
  let logs = new Map<DevTag, DeviceLog>()
  let expired = new Map<DevTag, number>()

  async function reload (): Promise<void> {
    const rows = await db.selectFrom('mailbox_logs').selectAll().where('room_tag', '=', roomTag).execute()
    const ranges = await heldRanges(db, roomTag)
    const heads = await headIds(db, roomTag)
    expired = new Map(rows.map((row) => [row.dev_tag as DevTag, row.expired_to]))
    logs = new Map()
    for (const row of rows) {
      const devTag = row.dev_tag as DevTag
      const have = ranges.get(devTag), head = heads.get(devTag)
      if (have !== undefined && head !== undefined) logs.set(devTag, { devTag, device: row.device as DeviceKey, have, head })
    }
  }

  async function keep (entries: readonly VerifiedEnvelope[], account: AccountId): Promise<void> {
    const fresh = entries.filter(({ header }) => !covers(logs.get(header.devTag)?.have ?? [], header.seq))
    if (fresh.length === 0) return
    const rows = fresh.map((entry) => rowOf(entry, account, stamp()))
    const devices = new Map(fresh.map((entry) => [entry.header.devTag, entry.device]))
    const begun = [...devices.keys()].filter((devTag) => !logs.has(devTag)).length
    const cost = { bytes: rows.reduce((total, { bytes }) => total + costOfEntry(bytes), begun * LOG_COST_BYTES), rows: rows.length + begun }
    await quota.charge(account, cost, async () => {
      await db.transaction().execute(async (transaction) => {
        await transaction.insertInto('mailbox_logs')
          .values([...devices].map(([devTag, device]) => ({ room_tag: roomTag, dev_tag: devTag, device, expired_to: 0, account_id: account })))
          .onConflict((conflict) => conflict.columns(['room_tag', 'dev_tag']).doNothing()).execute()
        for (let at = 0; at < rows.length; at += INSERT_ROWS) {
          await transaction.insertInto('mailbox_entries').values(rows.slice(at, at + INSERT_ROWS))
            .onConflict((conflict) => conflict.columns(['room_tag', 'dev_tag', 'seq']).doNothing()).execute()
        }
      })
    })
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
    read: async (devTag, range, options) => await readEntries(db, roomTag, devTag, range, options),
    async idAt (devTag, seq) {
      const log = logs.get(devTag)
      if (!covers(log?.have ?? [], seq)) return null
      if (log !== undefined && seq === highestOf(log.have)) return log.head
      const row = await db.selectFrom('mailbox_entries').select('id')
        .where('room_tag', '=', roomTag).where('dev_tag', '=', devTag).where('seq', '=', seq).executeTakeFirst()
      return (row?.id ?? null) as EnvelopeId | null
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

const rowOf = (entry: VerifiedEnvelope, account: AccountId, now: number) => {
  const envelope = encodeEnvelope(entry)
  return {
    room_tag: entry.header.roomTag, dev_tag: entry.header.devTag, seq: entry.header.seq, id: entry.id,
    is_operation: entry.header.kind === 'operation' ? 1 : 0, envelope, bytes: envelope.length, account_id: account, kept_at: now
  }
}

/** Stretches of consecutive numbers, found by the database: `seq` minus its rank is the same all along a stretch. */
async function heldRanges (db: Db, roomTag: RoomTag): Promise<Map<DevTag, LogRange[]>> {
  const { rows } = await sql<{ dev_tag: string, first: number, last: number }>`
    select dev_tag, min(seq) as first, max(seq) as last
    from (select dev_tag, seq, seq - row_number() over (partition by dev_tag order by seq) as stretch
          from mailbox_entries where room_tag = ${roomTag}) as numbered
    group by dev_tag, stretch order by dev_tag, first`.execute(db)
  const ranges = new Map<DevTag, LogRange[]>()
  for (const { dev_tag: devTag, first: from, last: to } of rows) {
    const range = { from, to }
    const have = ranges.get(devTag as DevTag)
    if (have === undefined) ranges.set(devTag as DevTag, [range])
    else have.push(range)
  }
  return ranges
}

async function headIds (db: Db, roomTag: RoomTag): Promise<Map<DevTag, EnvelopeId>> {
  const rows = await db.selectFrom('mailbox_entries as entry').select(['dev_tag', 'id']).where('room_tag', '=', roomTag)
    .where('seq', '=', (of) => of.selectFrom('mailbox_entries as newest').select(({ fn }) => fn.max('newest.seq').as('seq'))
      .where('newest.room_tag', '=', roomTag).whereRef('newest.dev_tag', '=', 'entry.dev_tag'))
    .execute()
  return new Map(rows.map((row) => [row.dev_tag as DevTag, row.id as EnvelopeId]))
}

async function readEntries (
  db: Db, roomTag: RoomTag, devTag: DevTag, { from, to }: LogRange, { maxBytes, only }: { maxBytes: number, only?: 'operations' }
): Promise<Envelope[]> {
  const found: Envelope[] = []
  let bytes = 0, below = to
  for (;;) {
    const rows = await db.selectFrom('mailbox_entries').select(['seq', 'id', 'envelope', 'bytes'])
      .where('room_tag', '=', roomTag).where('dev_tag', '=', devTag).where('seq', '>=', from).where('seq', '<=', below)
      .$if(only === 'operations', (query) => query.where('is_operation', '=', 1))
      .orderBy('seq', 'desc').limit(maxBytes <= 1 ? 1 : READ_ROWS).execute()
    for (const row of rows) {
      bytes += row.bytes
      if (bytes > maxBytes && found.length > 0) return found.reverse()
      found.push({ ...readEnvelope(row.envelope), id: row.id as EnvelopeId })
      below = row.seq - 1
    }
    if (rows.length < READ_ROWS) return found.reverse()
  }
}
