/** What each account keeps in the mailbox. Counted in memory once the database has told where an account stands. */
import type { AccountId } from '#shared/ids.ts'
import type { Db } from '../store/index.ts'

/** The account keeps as much as it may. */
export class QuotaExceeded extends Error {
  constructor () {
    super('mailbox quota exceeded')
    this.name = 'QuotaExceeded'
  }
}

export interface MailboxQuota {
  isFull(account: AccountId): Promise<boolean>
  /**
   * Runs `store` and counts its bytes when it has succeeded. What an account has left is judged before, so a batch may go over by itself.
   * @throws {QuotaExceeded} when nothing is left (rejects)
   */
  charge(account: AccountId, bytes: number, store: () => Promise<void>): Promise<void>
  /** Forgets the counts, after entries have expired. */
  reset(): void
}

export function createQuota (db: Db, maxBytes: number): MailboxQuota {
  const used = new Map<AccountId, number>()

  async function usedBy (account: AccountId): Promise<number> {
    const known = used.get(account)
    if (known !== undefined) return known
    const row = await db.selectFrom('mailbox_entries').select(({ fn }) => fn.sum<number | string | null>('bytes').as('bytes'))
      .where('account_id', '=', account).executeTakeFirst()
    const counted = Number(row?.bytes ?? 0)
    used.set(account, counted)
    return counted
  }

  return {
    isFull: async (account) => await usedBy(account) >= maxBytes,
    async charge (account, bytes, store) {
      if (await usedBy(account) >= maxBytes) throw new QuotaExceeded()
      await store()
      used.set(account, await usedBy(account) + bytes)
    },
    reset: () => used.clear()
  }
}
