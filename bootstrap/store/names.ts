/** Display names: unique on the node, by spelling and by look; reserved when chosen, free again when the account chooses another. */
import type { AccountId } from '#shared/ids.ts'
import { toNameKey, toSkeleton } from '#shared/names/look-alike.ts'
import type { Db } from './database.ts'

export interface Names {
  of(accountId: AccountId): Promise<string | null>
  /** False for a name that somebody has, and for one that looks like it. */
  isFree(name: string): Promise<boolean>
  /** Takes `name` and releases the former one, in one step. Returns false, and changes nothing, when somebody else has it or one that looks like it. */
  reserve(name: string, accountId: AccountId, now: number): Promise<boolean>
}

export function createNames (db: Db): Names {
  return {
    async of (accountId) {
      const row = await db.selectFrom('names').select('name').where('account_id', '=', accountId).executeTakeFirst()
      return row?.name ?? null
    },
    async isFree (name) {
      return await db.selectFrom('names').select('name_key')
        .where((where) => where.or([where('name_key', '=', toNameKey(name)), where('skeleton', '=', toSkeleton(name))]))
        .executeTakeFirst() === undefined
    },
    async reserve (name, accountId, now) {
      const [key, skeleton] = [toNameKey(name), toSkeleton(name)]
      return await db.transaction().execute(async (transaction) => {
        const mine = await transaction.selectFrom('names').selectAll().where('account_id', '=', accountId).executeTakeFirst()
        // A name that was given before looks counted may go on looking like another.
        const isLookless = mine?.skeleton === null && mine.name_key === key && toSkeleton(mine.name) === skeleton
        await transaction.deleteFrom('names').where('account_id', '=', accountId).execute()
        // Either index may refuse it, so the conflict names none; what was deleted comes back with the transaction.
        const { numInsertedOrUpdatedRows } = await transaction.insertInto('names')
          .values({ name_key: key, account_id: accountId, name, reserved_at: now, skeleton: isLookless ? null : skeleton })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst()
        if (numInsertedOrUpdatedRows !== 1n) throw new Taken()
        return true
      }).catch((error: unknown) => {
        if (error instanceof Taken) return false
        throw error
      })
    }
  }
}

class Taken extends Error {}
