/** Devices: which keys belong to which account, and which were signed out. */
import type { Selectable } from 'kysely'
import type { AccountId } from '#shared/ids.ts'
import type { Db } from './database.ts'
import { isOutOfSpace } from './engines/index.ts'
import type { Database } from './schema.ts'
import { toNumber } from './to-number.ts'

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
  /** Whether this device is signed in to the account of this address. */
  isOf(id: string, emailHash: string): Promise<boolean>
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

/** @param onRevoked hears of each device whose passports are not good any more, after that is stored */
export function createDevices (db: Db, onRevoked: (id: string) => void = () => {}): Devices {
  return {
    async find (id) {
      const row = await db.selectFrom('devices').selectAll().where('id', '=', id).executeTakeFirst()
      return row === undefined ? null : toDevice(row)
    },
    async isOf (id, emailHash) {
      const row = await db.selectFrom('devices').innerJoin('accounts', 'accounts.id', 'devices.account_id').select('devices.id')
        .where('devices.id', '=', id).where('devices.revoked_at', 'is', null).where('accounts.email_hash', '=', emailHash).executeTakeFirst()
      return row !== undefined
    },
    async listOf (accountId) {
      const rows = await db.selectFrom('devices').selectAll()
        .where('account_id', '=', accountId).where('revoked_at', 'is', null)
        .orderBy('created_at', 'desc').orderBy('id').execute()
      return rows.map(toDevice)
    },
    async register ({ id, accountId, label, now }) {
      const row = { account_id: accountId, label, created_at: now, last_seen_at: now, revoked_at: null }
      const before = await this.find(id)
      try {
        await db.insertInto('devices').values({ id, ...row })
          .onConflict((conflict) => conflict.column('id').doUpdateSet(row)).execute()
      } catch (error) {
        // On a full disk a device that is signed in already stays as it is; only when it was last seen is not stored.
        if (!isOutOfSpace(error) || before?.accountId !== accountId || before.isRevoked) throw error
      }
      if (before !== null && before.accountId !== accountId) onRevoked(id)
    },
    async countOthers (accountId, id, usedAfter) {
      const { count } = await db.selectFrom('devices').select(({ fn }) => fn.countAll().as('count')).where('account_id', '=', accountId)
        .where('id', '!=', id).where('revoked_at', 'is', null).where('last_seen_at', '>', usedAfter).executeTakeFirstOrThrow()
      return toNumber(count)
    },
    async dropIdle (accountId, usedAfter, now) {
      const dropped = await db.updateTable('devices').set({ revoked_at: now })
        .where('account_id', '=', accountId).where('revoked_at', 'is', null).where('last_seen_at', '<=', usedAfter).returning('id').execute()
      for (const { id } of dropped) onRevoked(id)
    },
    async revoke (id, accountId, now) {
      const { numUpdatedRows } = await db.updateTable('devices').set({ revoked_at: now })
        .where('id', '=', id).where('account_id', '=', accountId).where('revoked_at', 'is', null).executeTakeFirst()
      if (numUpdatedRows > 0n) onRevoked(id)
      return numUpdatedRows > 0n
    },
    async touch (id, now) {
      await db.updateTable('devices').set({ last_seen_at: now }).where('id', '=', id).execute()
    }
  }
}

function toDevice (row: Selectable<Database['devices']>): DeviceRow {
  return {
    id: row.id,
    accountId: row.account_id as AccountId,
    label: row.label,
    createdAt: toNumber(row.created_at),
    lastSeenAt: toNumber(row.last_seen_at),
    isRevoked: row.revoked_at !== null
  }
}
