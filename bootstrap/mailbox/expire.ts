/** What has had its time goes: messages after `ttlMs`, rooms that nobody has synced for as long, welcomes and requests by their own. Operations stay with their room. */
import type { Db } from '../store/index.ts'

/** Answers how many entries and rooms went. */
export async function expire (db: Db, { now, ttlMs }: { now: number, ttlMs: number }): Promise<{ entries: number, rooms: number }> {
  const before = now - ttlMs
  return await db.transaction().execute(async (transaction) => {
    const gone = await transaction.deleteFrom('mailbox_rooms').where('used_at', '<', before).executeTakeFirst()
    const logs = await transaction.selectFrom('mailbox_entries')
      .select(({ fn }) => ['room_tag', 'dev_tag', fn.max<number>('seq').as('last')])
      .where('is_operation', '=', 0).where('kept_at', '<', before).groupBy(['room_tag', 'dev_tag']).execute()
    for (const { room_tag: roomTag, dev_tag: devTag, last } of logs) {
      await transaction.updateTable('mailbox_logs').set({ expired_to: last })
        .where('room_tag', '=', roomTag).where('dev_tag', '=', devTag).where('expired_to', '<', last).execute()
    }
    const old = await transaction.deleteFrom('mailbox_entries').where('is_operation', '=', 0).where('kept_at', '<', before).executeTakeFirst()
    for (const table of ['mailbox_welcomes', 'mailbox_requests'] as const) await transaction.deleteFrom(table).where('expires_at', '<=', now).execute()
    return { entries: Number(old.numDeletedRows), rooms: Number(gone.numDeletedRows) }
  })
}
