/**
 * Codes belong to the device that asked for them, several of one mailbox may be open, and a code sent twice is the same one. Codes are good
 * for ten minutes: those that are open during the upgrade are asked for once more.
 */
import type { Kysely } from 'kysely'

export async function up (db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable('codes').execute()
  await db.schema.createTable('codes')
    .addColumn('email_hash', 'text', (column) => column.notNull())
    .addColumn('asker', 'text', (column) => column.notNull())
    .addColumn('seed', 'text', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('sent_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('codes_key', ['email_hash', 'asker'])
    .execute()
  await db.schema.createIndex('codes_by_expiry').on('codes').column('expires_at').execute()
}
