/** Passes: a few sign-ups each, for as long as a link is good. Known by their keyed hash only. */
import type { AccountId } from '#shared/ids.ts'
import type { Db } from './database.ts'
import { toNumber } from './to-number.ts'

export interface Passes {
  add(pass: { hash: string, accountId: AccountId, uses: number, now: number, expiresAt: number }): Promise<void>
  /** Uses it once. One statement, so that parallel sign-ups cannot win extra uses. */
  use(hash: string, now: number): Promise<'used' | 'used-up' | 'expired'>
  purge(now: number): Promise<void>
}

export function createPasses (db: Db): Passes {
  return {
    async add ({ hash, accountId, uses, now, expiresAt }) {
      await db.insertInto('passes')
        .values({ pass_hash: hash, account_id: accountId, uses_left: uses, created_at: now, expires_at: expiresAt }).execute()
    },
    async use (hash, now) {
      const { numUpdatedRows } = await db.updateTable('passes').set((expression) => ({ uses_left: expression('uses_left', '-', 1) }))
        .where('pass_hash', '=', hash).where('uses_left', '>', 0).where('expires_at', '>', now).executeTakeFirst()
      if (numUpdatedRows > 0n) return 'used'
      const row = await db.selectFrom('passes').select('expires_at').where('pass_hash', '=', hash).executeTakeFirst()
      // One that was never given looks like one that was removed after its time.
      return row !== undefined && toNumber(row.expires_at) > now ? 'used-up' : 'expired'
    },
    async purge (now) {
      await db.deleteFrom('passes').where('expires_at', '<=', now).execute()
    }
  }
}
