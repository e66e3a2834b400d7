/** What the mailbox keeps: rooms by tag, logs by tag, sealed envelopes. */
import type { Kysely } from 'kysely'

export async function up (db: Kysely<unknown>): Promise<void> {
  await db.schema.createTable('mailbox_rooms')
    .addColumn('tag', 'text', (column) => column.primaryKey())
    .addColumn('access_key', 'text', (column) => column.notNull())
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('used_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('mailbox_rooms_of_account').on('mailbox_rooms').column('account_id').execute()
  await db.schema.createIndex('mailbox_rooms_by_use').on('mailbox_rooms').column('used_at').execute()

  await db.schema.createTable('mailbox_logs')
    .addColumn('room_tag', 'text', (column) => column.notNull().references('mailbox_rooms.tag').onDelete('cascade'))
    .addColumn('dev_tag', 'text', (column) => column.notNull())
    .addColumn('device', 'text', (column) => column.notNull())
    .addColumn('expired_to', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('mailbox_logs_key', ['room_tag', 'dev_tag'])
    .execute()

  await db.schema.createTable('mailbox_entries')
    .addColumn('room_tag', 'text', (column) => column.notNull().references('mailbox_rooms.tag').onDelete('cascade'))
    .addColumn('dev_tag', 'text', (column) => column.notNull())
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('is_operation', 'integer', (column) => column.notNull())
    .addColumn('envelope', 'bytea', (column) => column.notNull())
    .addColumn('bytes', 'integer', (column) => column.notNull())
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('kept_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('mailbox_entries_key', ['room_tag', 'dev_tag', 'seq'])
    .execute()
  await db.schema.createIndex('mailbox_entries_of_account').on('mailbox_entries').columns(['account_id', 'bytes']).execute()
  await db.schema.createIndex('mailbox_entries_by_age').on('mailbox_entries').columns(['is_operation', 'kept_at']).execute()
}
