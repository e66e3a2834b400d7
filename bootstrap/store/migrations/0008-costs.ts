/** Who pays for a log that the mailbox has begun; used proofs are in memory. */
import type { Kysely } from 'kysely'

export async function up (db: Kysely<unknown>): Promise<void> {
  // Nobody pays for logs from before.
  await db.schema.alterTable('mailbox_logs').addColumn('account_id', 'text', (column) => column.notNull().defaultTo('')).execute()
  await db.schema.createIndex('mailbox_logs_of_account').on('mailbox_logs').column('account_id').execute()
  await db.schema.dropTable('proofs').execute()
}
