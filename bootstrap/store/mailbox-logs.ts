/** The logs of rooms that the mailbox carries: which devices write them, and how far messages have expired. */
import { sql } from 'kysely'
import type { DeviceKey, DevTag, EnvelopeId, RoomTag } from '#shared/ids.ts'
import type { LogRange } from '#shared/wire/sync/index.ts'
import type { Db } from './database.ts'
import { toNumber } from './to-number.ts'

export interface MailboxLogRow {
  devTag: DevTag
  device: DeviceKey
  /** Messages up to here have expired and are not taken again; 0 when none have. */
  expiredTo: number
  /** Positions that are held, ascending and without overlap. Empty when all entries have expired. */
  have: LogRange[]
  /** Id of the entry at the highest position; null when there is none. */
  head: EnvelopeId | null
}

export interface MailboxLogs {
  listOf(roomTag: RoomTag): Promise<MailboxLogRow[]>
  /** Counts the logs that an account has begun. */
  countOf(accountId: string): Promise<number>
}

export function createMailboxLogs (db: Db): MailboxLogs {
  return {
    async listOf (roomTag) {
      const rows = await db.selectFrom('mailbox_logs').select(['dev_tag', 'device', 'expired_to'])
        .where('room_tag', '=', roomTag).execute()
      const ranges = await heldRanges(db, roomTag)
      const heads = await headIds(db, roomTag)
      return rows.map(({ dev_tag: devTag, device, expired_to: expiredTo }) => ({
        devTag: devTag as DevTag,
        device: device as DeviceKey,
        expiredTo: toNumber(expiredTo),
        have: ranges.get(devTag) ?? [],
        head: heads.get(devTag) ?? null
      }))
    },
    async countOf (accountId) {
      const { logs } = await db.selectFrom('mailbox_logs').select(({ fn }) => fn.countAll().as('logs'))
        .where('account_id', '=', accountId).executeTakeFirstOrThrow()
      return toNumber(logs)
    }
  }
}

/** Stretches of consecutive numbers, found by the database: `seq` minus its rank is the same all along a stretch. */
async function heldRanges (db: Db, roomTag: RoomTag): Promise<Map<string, LogRange[]>> {
  type Int8 = number | bigint | string
  const { rows } = await sql<{ dev_tag: string, first: Int8, last: Int8 }>`
    select dev_tag, min(seq) as first, max(seq) as last
    from (select dev_tag, seq, seq - row_number() over (partition by dev_tag order by seq) as stretch
          from mailbox_entries where room_tag = ${roomTag}) as numbered
    group by dev_tag, stretch order by dev_tag, first`.execute(db)
  const ranges = new Map<string, LogRange[]>()
  for (const { dev_tag: devTag, first, last } of rows) {
    const range = { from: toNumber(first), to: toNumber(last) }
    const have = ranges.get(devTag)
    if (have === undefined) ranges.set(devTag, [range])
    else have.push(range)
  }
  return ranges
}

async function headIds (db: Db, roomTag: RoomTag): Promise<Map<string, EnvelopeId>> {
  const rows = await db.selectFrom('mailbox_entries as entry').select(['dev_tag', 'id']).where('room_tag', '=', roomTag)
    .where('seq', '=', (of) => of.selectFrom('mailbox_entries as newest').select(({ fn }) => fn.max('newest.seq').as('seq'))
      .where('newest.room_tag', '=', roomTag).whereRef('newest.dev_tag', '=', 'entry.dev_tag'))
    .execute()
  return new Map(rows.map((row) => [row.dev_tag, row.id as EnvelopeId]))
}
