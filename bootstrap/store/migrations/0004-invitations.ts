/** Sealed welcomes that wait for joiners, sealed requests that wait for members. */
import type { Kysely } from 'kysely'

export async function up (db: Kysely<unknown>): Promise<void> {
  await db.schema.createTable('mailbox_welcomes')
    .addColumn('room_tag', 'text', (column) => column.notNull().references('mailbox_rooms.tag').onDelete('cascade'))
    .addColumn('invite_id', 'text', (column) => column.notNull())
    .addColumn('sealed', 'bytea', (column) => column.notNull())
    .addColumn('bytes', 'integer', (column) => column.notNull())
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('mailbox_welcomes_key', ['room_tag', 'invite_id'])
    .execute()
  await db.schema.createIndex('mailbox_welcomes_of_account').on('mailbox_welcomes').columns(['account_id', 'bytes']).execute()

  await db.schema.createTable('mailbox_requests')
    .addColumn('room_tag', 'text', (column) => column.notNull().references('mailbox_rooms.tag').onDelete('cascade'))
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('invite_id', 'text', (column) => column.notNull())
    .addColumn('device_id', 'text', (column) => column.notNull())
    .addColumn('sealed', 'bytea', (column) => column.notNull())
    .addColumn('answer', 'bytea')
    .addColumn('bytes', 'integer', (column) => column.notNull())
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('mailbox_requests_key', ['room_tag', 'id'])
    .execute()
  await db.schema.createIndex('mailbox_requests_of_account').on('mailbox_requests').columns(['account_id', 'bytes']).execute()
}
