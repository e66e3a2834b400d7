/** Display names: unique on the node, reserved when chosen, free again when the account chooses another. */
import type { AccountId } from '#shared/ids.ts'
import type { Db } from './index.ts'

export interface Names {
  of(accountId: AccountId): Promise<string | null>
  isFree(name: string): Promise<boolean>
  /** Takes `name` and releases the former one, in one step. Answers false, and changes nothing, when somebody else has it. */
  reserve(name: string, accountId: AccountId, now: number): Promise<boolean>
}

/**
 * What makes two names the same: compatibility forms and case are folded. Upper before lower case, since only upper case unfolds letters
 * such as ß; JavaScript has no case folding of its own.
 */
export function toNameKey (name: string): string {
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC')
}

class Taken extends Error {}

export function createNames (db: Db): Names {
  return {
    async of (accountId) {
      const row = await db.selectFrom('names').select('name').where('account_id', '=', accountId).executeTakeFirst()
      return row?.name ?? null
    },
    async isFree (name) {
      return await db.selectFrom('names').select('name_key').where('name_key', '=', toNameKey(name)).executeTakeFirst() === undefined
    },
    async reserve (name, accountId, now) {
      const key = toNameKey(name)
      try {
        await db.transaction().execute(async (transaction) => {
          await transaction.deleteFrom('names').where('account_id', '=', accountId).where('name_key', '!=', key).execute()
          const { numInsertedOrUpdatedRows } = await transaction.insertInto('names')
            .values({ name_key: key, account_id: accountId, name, reserved_at: now })
            .onConflict((conflict) => conflict.column('name_key').doUpdateSet({ name }).where('names.account_id', '=', accountId))
            .executeTakeFirst()
          if (numInsertedOrUpdatedRows !== 1n) throw new Taken()
        })
        return true
      } catch (error) {
        if (error instanceof Taken) return false
        throw error
      }
    }
  }
}
