/** The tables of the mailbox together, since some steps change several of them at once. */
import { inTransaction, type Db } from './database.ts'
import { createJoinRequests, type JoinRequests } from './join-requests.ts'
import { createMailboxEntries, type MailboxEntries } from './mailbox-entries.ts'
import { createMailboxLogs, type MailboxLogs } from './mailbox-logs.ts'
import { createMailboxRooms, type MailboxRooms } from './mailbox-rooms.ts'
import { createWelcomes, type Welcomes } from './welcomes.ts'

export interface MailboxStore {
  readonly rooms: MailboxRooms
  readonly logs: MailboxLogs
  readonly entries: MailboxEntries
  readonly welcomes: Welcomes
  readonly requests: JoinRequests
  /** Runs `use` with repositories of one transaction. What it wrote is undone when it rejects. */
  transaction<T>(use: (store: MailboxStore) => Promise<T>): Promise<T>
}

export function createMailboxStore (db: Db): MailboxStore {
  return {
    rooms: createMailboxRooms(db),
    logs: createMailboxLogs(db),
    entries: createMailboxEntries(db),
    welcomes: createWelcomes(db),
    requests: createJoinRequests(db),
    transaction: async (use) => await inTransaction(db, async (transaction) => await use(createMailboxStore(transaction)))
  }
}
