/**
 * Removes what has expired: messages after `ttlMs`, rooms that no one has synced for as long, welcomes and requests at
 * the time they name. Operations stay with their room.
 */
import type { MailboxStore } from '../store/mailbox.ts'

/** Returns how many entries and rooms were removed. */
export async function expire (
  store: MailboxStore, { now, ttlMs }: { now: number, ttlMs: number }
): Promise<{ entries: number, rooms: number }> {
  const before = now - ttlMs
  return await store.transaction(async ({ rooms, entries, welcomes, requests }) => {
    const gone = { rooms: await rooms.removeUnused(before), entries: await entries.expireMessages(before) }
    await welcomes.purge(now)
    await requests.purge(now)
    return gone
  })
}
