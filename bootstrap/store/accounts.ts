/** Accounts: a random id per e-mail address, known by its keyed hash only. */
import { randomBytes } from 'node:crypto'
import type { AccountId } from '#shared/ids.ts'
import type { Db } from './database.ts'

export interface Accounts {
  /** Returns true when there is at least one account. */
  hasAny(): Promise<boolean>
  find(emailHash: string): Promise<AccountId | null>
  /** The account of this address; made on the first sign-in. Safe when two devices sign in at once. */
  findOrCreate(emailHash: string, now: number): Promise<AccountId>
}

export function createAccounts (db: Db): Accounts {
  return {
    async hasAny () {
      return await db.selectFrom('accounts').select('id').limit(1).executeTakeFirst() !== undefined
    },
    async find (emailHash) {
      const row = await db.selectFrom('accounts').select('id').where('email_hash', '=', emailHash).executeTakeFirst()
      return row === undefined ? null : row.id as AccountId
    },
    async findOrCreate (emailHash, now) {
      const known = await db.selectFrom('accounts').select('id').where('email_hash', '=', emailHash).executeTakeFirst()
      if (known !== undefined) return known.id as AccountId
      await db.insertInto('accounts')
        .values({ id: randomBytes(16).toString('base64url'), email_hash: emailHash, created_at: now })
        .onConflict((conflict) => conflict.column('email_hash').doNothing())
        .execute()
      const { id } = await db.selectFrom('accounts').select('id').where('email_hash', '=', emailHash).executeTakeFirstOrThrow()
      return id as AccountId
    }
  }
}
