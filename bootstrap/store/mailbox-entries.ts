/** Sealed envelopes that the mailbox keeps, by room, log and position. */
import type { DeviceKey, DevTag, EnvelopeId, RoomTag } from '#shared/ids.ts'
import type { LogRange } from '#shared/wire/sync/index.ts'
import { inTransaction, type Db } from './database.ts'
import { toNumber } from './to-number.ts'

/** Rows per insert: 9 values each stay below the 32,766 that SQLite takes. */
const INSERT_ROWS = 500

export interface MailboxEntryRow {
  seq: number
  id: EnvelopeId
  /** The sealed envelope. */
  envelope: Uint8Array
}

export interface NewMailboxEntry extends MailboxEntryRow {
  devTag: DevTag
  device: DeviceKey
  isOperation: boolean
}

export interface MailboxEntries {
  /**
   * Stores all entries or none, with the logs they begin. Positions that are taken stay as they are.
   * @param by the account that is charged, and the time (Unix ms) from which the entries age
   */
  append(roomTag: RoomTag, entries: readonly NewMailboxEntry[], by: { accountId: string, now: number }): Promise<void>
  /** Returns at most `limit` entries of a range, the highest positions first. */
  read(roomTag: RoomTag, devTag: DevTag, range: LogRange, options: { limit: number, only?: 'operations' }): Promise<MailboxEntryRow[]>
  /** Returns null for a position that is not held. */
  idAt(roomTag: RoomTag, devTag: DevTag, seq: number): Promise<EnvelopeId | null>
  /** Returns those of the entries that are messages, in any order. */
  messagesAt(roomTag: string, devTag: string, seqs: readonly number[]): Promise<MailboxEntryRow[]>
  replaceEnvelope(at: { roomTag: string, devTag: string, seq: number }, envelope: Uint8Array): Promise<void>
  /** Groups the entries that an account has brought by the length of their envelopes. */
  sizesOf(accountId: string): Promise<{ bytes: number, rows: number }[]>
  /** Removes messages that were stored before `before` (Unix ms); their logs record how far. Returns how many. */
  expireMessages(before: number): Promise<number>
}

export function createMailboxEntries (db: Db): MailboxEntries {
  return {
    async append (roomTag, entries, { accountId, now }) {
      if (entries.length === 0) return
      const devices = new Map(entries.map(({ devTag, device }) => [devTag, device]))
      const rows = entries.map(({ devTag, seq, id, isOperation, envelope }) => ({
        room_tag: roomTag, dev_tag: devTag, seq, id, is_operation: isOperation ? 1 : 0,
        envelope, bytes: envelope.length, account_id: accountId, kept_at: now
      }))
      await inTransaction(db, async (transaction) => {
        await transaction.insertInto('mailbox_logs')
          .values([...devices].map(([devTag, device]) =>
            ({ room_tag: roomTag, dev_tag: devTag, device, expired_to: 0, account_id: accountId })))
          .onConflict((conflict) => conflict.columns(['room_tag', 'dev_tag']).doNothing()).execute()
        for (let at = 0; at < rows.length; at += INSERT_ROWS) {
          await transaction.insertInto('mailbox_entries').values(rows.slice(at, at + INSERT_ROWS))
            .onConflict((conflict) => conflict.columns(['room_tag', 'dev_tag', 'seq']).doNothing()).execute()
        }
      })
    },
    async read (roomTag, devTag, { from, to }, { limit, only }) {
      const rows = await db.selectFrom('mailbox_entries').select(['seq', 'id', 'envelope'])
        .where('room_tag', '=', roomTag).where('dev_tag', '=', devTag).where('seq', '>=', from).where('seq', '<=', to)
        .$if(only === 'operations', (query) => query.where('is_operation', '=', 1))
        .orderBy('seq', 'desc').limit(limit).execute()
      return rows.map(toEntry)
    },
    async idAt (roomTag, devTag, seq) {
      const row = await db.selectFrom('mailbox_entries').select('id')
        .where('room_tag', '=', roomTag).where('dev_tag', '=', devTag).where('seq', '=', seq).executeTakeFirst()
      return (row?.id ?? null) as EnvelopeId | null
    },
    async messagesAt (roomTag, devTag, seqs) {
      if (seqs.length === 0) return []
      const rows = await db.selectFrom('mailbox_entries').select(['seq', 'id', 'envelope'])
        .where('room_tag', '=', roomTag).where('dev_tag', '=', devTag)
        .where('seq', 'in', [...seqs]).where('is_operation', '=', 0).execute()
      return rows.map(toEntry)
    },
    async replaceEnvelope ({ roomTag, devTag, seq }, envelope) {
      await db.updateTable('mailbox_entries').set({ envelope, bytes: envelope.length })
        .where('room_tag', '=', roomTag).where('dev_tag', '=', devTag).where('seq', '=', seq).execute()
    },
    async sizesOf (accountId) {
      const sizes = await db.selectFrom('mailbox_entries').select(({ fn }) => ['bytes', fn.countAll().as('rows')])
        .where('account_id', '=', accountId).groupBy('bytes').execute()
      return sizes.map(({ bytes, rows }) => ({ bytes, rows: toNumber(rows) }))
    },
    async expireMessages (before) {
      return await inTransaction(db, async (transaction) => {
        const logs = await transaction.selectFrom('mailbox_entries')
          .select(({ fn }) => ['room_tag', 'dev_tag', fn.max('seq').as('last')])
          .where('is_operation', '=', 0).where('kept_at', '<', before).groupBy(['room_tag', 'dev_tag']).execute()
        for (const { room_tag: roomTag, dev_tag: devTag, last } of logs) {
          const expiredTo = toNumber(last)
          await transaction.updateTable('mailbox_logs').set({ expired_to: expiredTo })
            .where('room_tag', '=', roomTag).where('dev_tag', '=', devTag).where('expired_to', '<', expiredTo).execute()
        }
        const { numDeletedRows } = await transaction.deleteFrom('mailbox_entries')
          .where('is_operation', '=', 0).where('kept_at', '<', before).executeTakeFirst()
        return toNumber(numDeletedRows)
      })
    }
  }
}

const toEntry = (row: { seq: number | bigint | string, id: string, envelope: Uint8Array }): MailboxEntryRow =>
  ({ seq: toNumber(row.seq), id: row.id as EnvelopeId, envelope: row.envelope })
