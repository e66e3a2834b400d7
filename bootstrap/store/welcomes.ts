/** Sealed welcomes that wait for joiners, one per room and invitation. */
import type { Db } from './database.ts'
import { toNumber } from './to-number.ts'

/** Payload bytes, and rows, that an account has in a table. */
export interface RowUsage { bytes: number, rows: number }

export interface Welcome { sealed: Uint8Array, expiresAt: number }

export interface Welcomes {
  /** Replaces the one that is there. */
  put(roomTag: string, inviteId: string, welcome: Welcome & { accountId: string }): Promise<void>
  /** Returns null also for one that has expired by `now`. */
  find(roomTag: string, inviteId: string, now: number): Promise<Welcome | null>
  /** Returns false when there is none. */
  remove(roomTag: string, inviteId: string): Promise<boolean>
  usageOf(accountId: string): Promise<RowUsage>
  purge(now: number): Promise<void>
}

export function createWelcomes (db: Db): Welcomes {
  return {
    async put (roomTag, inviteId, { sealed, expiresAt, accountId }) {
      const welcome = { sealed, bytes: sealed.length, account_id: accountId, expires_at: expiresAt }
      await db.insertInto('mailbox_welcomes').values({ room_tag: roomTag, invite_id: inviteId, ...welcome })
        .onConflict((conflict) => conflict.columns(['room_tag', 'invite_id']).doUpdateSet(welcome)).execute()
    },
    async find (roomTag, inviteId, now) {
      const row = await db.selectFrom('mailbox_welcomes').select(['sealed', 'expires_at'])
        .where('room_tag', '=', roomTag).where('invite_id', '=', inviteId).where('expires_at', '>', now).executeTakeFirst()
      return row === undefined ? null : { sealed: row.sealed, expiresAt: toNumber(row.expires_at) }
    },
    async remove (roomTag, inviteId) {
      const { numDeletedRows } = await db.deleteFrom('mailbox_welcomes')
        .where('room_tag', '=', roomTag).where('invite_id', '=', inviteId).executeTakeFirst()
      return numDeletedRows > 0n
    },
    async usageOf (accountId) {
      const { total, rows } = await db.selectFrom('mailbox_welcomes')
        .select(({ fn }) => [fn.sum<number | bigint | string | null>('bytes').as('total'), fn.countAll().as('rows')])
        .where('account_id', '=', accountId).executeTakeFirstOrThrow()
      return { bytes: toNumber(total ?? 0), rows: toNumber(rows) }
    },
    async purge (now) {
      await db.deleteFrom('mailbox_welcomes').where('expires_at', '<=', now).execute()
    }
  }
}
