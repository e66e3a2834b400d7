/** Devices: which keys belong to which account, and which were signed out. */
import type { AccountId } from '#shared/ids.ts'
import { isOutOfSpace } from './errors.ts'
import type { Db } from './index.ts'

export interface DeviceRow {
  id: string
  accountId: AccountId
  label: string
  createdAt: number
  lastSeenAt: number
  isRevoked: boolean
}

export interface Devices {
  find(id: string): Promise<DeviceRow | null>
  /** Not the revoked ones; newest first. */
  listOf(accountId: AccountId): Promise<DeviceRow[]>
  /**
   * Signs a device in, also one that was revoked or belonged to another account before: whoever holds the key has just shown a code
   * from the mailbox, and that is all that signing in ever asks for.
   */
  register(device: { id: string, accountId: AccountId, label: string, now: number }): Promise<void>
  /** How many devices but this one the account has that were used after `usedAfter`. */
  countOthers(accountId: AccountId, id: string, usedAfter: number): Promise<number>
  /** Signs out the devices that were not used after `usedAfter`. */
  dropIdle(accountId: AccountId, usedAfter: number, now: number): Promise<void>
  /** Answers false when the account has no such device. */
  revoke(id: string, accountId: AccountId, now: number): Promise<boolean>
  touch(id: string, now: number): Promise<void>
}

export function createDevices (db: Db): Devices {
  return {
    async find (id) {
      const row = await db.selectFrom('devices').selectAll().where('id', '=', id).executeTakeFirst()
      return row === undefined ? null : toDevice(row)
    },
    async listOf (accountId) {
      const rows = await db.selectFrom('devices').selectAll()
        .where('account_id', '=', accountId).where('revoked_at', 'is', null)
        .orderBy('created_at', 'desc').orderBy('id').execute()
      return rows.map(toDevice)
    },
    async register ({ id, accountId, label, now }) {
      const row = { account_id: accountId, label, created_at: now, last_seen_at: now, revoked_at: null }
      try {
        await db.insertInto('devices').values({ id, ...row })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(row)).execute()
      } catch (error) {
        // On a full disk a device that is signed in already stays as it is; only when it was last seen is not stored.
        const known = isOutOfSpace(error) ? await this.find(id) : null
        if (known?.accountId !== accountId || known.isRevoked) throw error
      }
    },
    async countOthers (accountId, id, usedAfter) {
      const { count } = await db.selectFrom('devices').select(({ fn }) => fn.countAll().as('count')).where('account_id', '=', accountId)
        .where('id', '!=', id).where('revoked_at', 'is', null).where('last_seen_at', '>', usedAfter).executeTakeFirstOrThrow()
      return Number(count)
    },
    async dropIdle (accountId, usedAfter, now) {
      await db.updateTable('devices').set({ revoked_at: now })
        .where('account_id', '=', accountId).where('revoked_at', 'is', null).where('last_seen_at', '<=', usedAfter).execute()
    },
    async revoke (id, accountId, now) {
      const { numUpdatedRows } = await db.updateTable('devices').set({ revoked_at: now })
        .where('id', '=', id).where('account_id', '=', accountId).where('revoked_at', 'is', null).executeTakeFirst()
      return numUpdatedRows > 0n
    },
    async touch (id, now) {
      await db.updateTable('devices').set({ last_seen_at: now }).where('id', '=', id).execute()
    }
  }
}

function toDevice (row: {
  id: string, account_id: string, label: string, created_at: number, last_seen_at: number, revoked_at: number | null
}): DeviceRow {
  return {
    id: row.id,
    accountId: row.account_id as AccountId,
    label: row.label,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    isRevoked: row.revoked_at !== null
  }
}
