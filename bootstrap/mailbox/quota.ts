/**
 * What each account keeps in the mailbox, as it lies on disk: whoever brings entries pays for them and for the logs they begin, also for those
 * of others. Counted in memory once the database has told where an account stands.
 */
import type { AccountId } from '#shared/ids.ts'
import { costOfEntry, LOG_COST_BYTES } from '../disk/costs.ts'
import type { Disk } from '../disk/index.ts'
import type { Db } from '../store/index.ts'

/** The account keeps as much as it may, or the node does. */
export class QuotaExceeded extends Error {
  constructor () {
    super('mailbox quota exceeded')
    this.name = 'QuotaExceeded'
  }
}

export interface Usage { bytes: number, rows: number }

export interface MailboxQuota {
  isFull(account: AccountId): Promise<boolean>
  /**
   * Runs `store` and counts its cost when it has succeeded. What an account has left is judged before, so a batch may go over it.
   * @throws {QuotaExceeded} when nothing is left (rejects)
   */
  charge(account: AccountId, cost: Usage, store: () => Promise<void>): Promise<void>
  /** Forgets the counts, after entries have expired. */
  reset(): void
}

export interface QuotaOptions {
  maxBytes: number
  maxRows: number
  /** Missing: nothing bounds the node as a whole. */
  disk?: Pick<Disk, 'storage' | 'grow' | 'judge'>
}

export function createQuota (db: Db, { maxBytes, maxRows, disk }: QuotaOptions): MailboxQuota {
  const used = new Map<AccountId, Usage>()

  async function usedBy (account: AccountId): Promise<Usage> {
    const known = used.get(account)
    if (known !== undefined) return known
    const counted = await countUsage(db, account)
    used.set(account, counted)
    return counted
  }
  const isFull = async (account: AccountId): Promise<boolean> => {
    if (disk?.storage() === 'full') return true
    const { bytes, rows } = await usedBy(account)
    return bytes >= maxBytes || rows >= maxRows
  }

  return {
    isFull,
    async charge (account, cost, store) {
      if (await isFull(account)) throw new QuotaExceeded()
      try {
        await store()
      } catch (error) {
        throw disk?.judge(error) === true ? new QuotaExceeded() : error
      }
      const { bytes, rows } = await usedBy(account)
      used.set(account, { bytes: bytes + cost.bytes, rows: rows + cost.rows })
      disk?.grow(cost.bytes)
    },
    reset: () => used.clear()
  }
}

async function countUsage (db: Db, account: AccountId): Promise<Usage> {
  // By size, since the cost is none of a sum; sizes are few, as bodies are padded.
  const sizes = await db.selectFrom('mailbox_entries').select(({ fn }) => ['bytes', fn.countAll<number | string>().as('rows')])
    .where('account_id', '=', account).groupBy('bytes').execute()
  const { logs } = await db.selectFrom('mailbox_logs').select(({ fn }) => fn.countAll<number | string>().as('logs'))
    .where('account_id', '=', account).executeTakeFirstOrThrow()
  return sizes.reduce<Usage>(
    (sum, { bytes, rows }) => ({ bytes: sum.bytes + costOfEntry(bytes) * Number(rows), rows: sum.rows + Number(rows) }),
    { bytes: Number(logs) * LOG_COST_BYTES, rows: Number(logs) })
}
