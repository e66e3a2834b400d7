/**
 * What each account keeps in the mailbox, as it lies on disk: whoever brings entries pays for them and for the logs they begin, also for those
 * of others. Counted in memory once the database has told where an account stands.
 */
import type { AccountId } from '#shared/ids.ts'
import { costOfEntry, LOG_COST_BYTES } from '../disk/costs.ts'
import type { Disk } from '../disk/index.ts'
import type { MailboxStore } from '../store/mailbox.ts'

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

/** Where the usage of an account is counted. */
type UsageStore = Pick<MailboxStore, 'entries' | 'logs'>

export function createQuota (store: UsageStore, { maxBytes, maxRows, disk }: QuotaOptions): MailboxQuota {
  const used = new Map<AccountId, Usage>()

  async function usedBy (account: AccountId): Promise<Usage> {
    const known = used.get(account)
    if (known !== undefined) return known
    const counted = await countUsage(store, account)
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

async function countUsage ({ entries, logs }: UsageStore, account: AccountId): Promise<Usage> {
  // By size, since the cost is none of a sum; sizes are few, as bodies are padded.
  const sizes = await entries.sizesOf(account)
  const begun = await logs.countOf(account)
  return sizes.reduce<Usage>(
    (sum, { bytes, rows }) => ({ bytes: sum.bytes + costOfEntry(bytes) * rows, rows: sum.rows + rows }),
    { bytes: begun * LOG_COST_BYTES, rows: begun })
}
