/** Rooms that the mailbox carries, and the access key (hex) that each was registered under. */
import type { RoomTag } from '#shared/ids.ts'
import type { Db } from './database.ts'
import { toNumber } from './to-number.ts'

export interface MailboxRooms {
  /** Returns null for a room that is not registered. */
  accessKeyOf(roomTag: string): Promise<string | null>
  /** Returns the keys of those that are registered. */
  accessKeysOf(roomTags: readonly RoomTag[]): Promise<Map<RoomTag, string>>
  /** Counts the rooms that an account has registered. */
  countOf(accountId: string): Promise<number>
  /** Changes nothing when the room is registered already, under whatever key. */
  add(room: { roomTag: string, accessKey: string, accountId: string, now: number }): Promise<void>
  touch(roomTag: string, now: number): Promise<void>
  /** Removes the rooms that were last used before `before` (Unix ms), with all that is in them. Returns how many. */
  removeUnused(before: number): Promise<number>
}

export function createMailboxRooms (db: Db): MailboxRooms {
  return {
    async accessKeyOf (roomTag) {
      const row = await db.selectFrom('mailbox_rooms').select('access_key').where('tag', '=', roomTag).executeTakeFirst()
      return row?.access_key ?? null
    },
    async accessKeysOf (roomTags) {
      if (roomTags.length === 0) return new Map()
      const rows = await db.selectFrom('mailbox_rooms').select(['tag', 'access_key'])
        .where('tag', 'in', [...new Set(roomTags)]).execute()
      return new Map(rows.map((row) => [row.tag as RoomTag, row.access_key]))
    },
    async countOf (accountId) {
      const { rooms } = await db.selectFrom('mailbox_rooms').select(({ fn }) => fn.countAll().as('rooms'))
        .where('account_id', '=', accountId).executeTakeFirstOrThrow()
      return toNumber(rooms)
    },
    async add ({ roomTag, accessKey, accountId, now }) {
      await db.insertInto('mailbox_rooms')
        .values({ tag: roomTag, access_key: accessKey, account_id: accountId, created_at: now, used_at: now })
        .onConflict((conflict) => conflict.column('tag').doNothing()).execute()
    },
    async touch (roomTag, now) {
      await db.updateTable('mailbox_rooms').set({ used_at: now }).where('tag', '=', roomTag).execute()
    },
    async removeUnused (before) {
      const { numDeletedRows } = await db.deleteFrom('mailbox_rooms').where('used_at', '<', before).executeTakeFirst()
      return toNumber(numDeletedRows)
    }
  }
}
