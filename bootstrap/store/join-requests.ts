/** Sealed requests that wait for members, and their answers. */
import type { Db } from './database.ts'
import { toNumber } from './to-number.ts'
import type { RowUsage } from './welcomes.ts'

export interface JoinRequest {
  id: string
  inviteId: string
  /** The device that left it, and alone may ask for the answer. */
  deviceId: string
  sealed: Uint8Array
  /** Null while no one has answered. */
  answer: Uint8Array | null
  createdAt: number
}

export interface NewJoinRequest extends Omit<JoinRequest, 'answer'> { accountId: string, expiresAt: number }

/** Requests that have expired by `now` (Unix ms) count as gone. */
export interface JoinRequests {
  /** Replaces the one of the same id, and its answer. */
  put(roomTag: string, request: NewJoinRequest): Promise<void>
  find(roomTag: string, id: string, now: number): Promise<JoinRequest | null>
  /** Returns at most `limit` requests without an answer, the oldest first. */
  listUnanswered(roomTag: string, options: { now: number, limit: number }): Promise<JoinRequest[]>
  /** Counts the requests of a room without this one. */
  countOthers(roomTag: string, id: string, now: number): Promise<number>
  /** @param by the account that is charged from now on, for `bytes` */
  answer(roomTag: string, id: string, answer: Uint8Array, by: { accountId: string, bytes: number }): Promise<void>
  remove(roomTag: string, id: string): Promise<void>
  usageOf(accountId: string): Promise<RowUsage>
  purge(now: number): Promise<void>
}

export function createJoinRequests (db: Db): JoinRequests {
  return {
    async put (roomTag, { id, inviteId, deviceId, sealed, accountId, createdAt, expiresAt }) {
      const request = {
        sealed, answer: null, bytes: sealed.length, account_id: accountId, created_at: createdAt, expires_at: expiresAt
      }
      await db.insertInto('mailbox_requests')
        .values({ room_tag: roomTag, id, invite_id: inviteId, device_id: deviceId, ...request })
        .onConflict((conflict) => conflict.columns(['room_tag', 'id']).doUpdateSet(request)).execute()
    },
    async find (roomTag, id, now) {
      const row = await db.selectFrom('mailbox_requests').selectAll()
        .where('room_tag', '=', roomTag).where('id', '=', id).where('expires_at', '>', now).executeTakeFirst()
      return row === undefined ? null : toRequest(row)
    },
    async listUnanswered (roomTag, { now, limit }) {
      const rows = await db.selectFrom('mailbox_requests').selectAll()
        .where('room_tag', '=', roomTag).where('answer', 'is', null).where('expires_at', '>', now)
        .orderBy('created_at').orderBy('id').limit(limit).execute()
      return rows.map(toRequest)
    },
    async countOthers (roomTag, id, now) {
      const { others } = await db.selectFrom('mailbox_requests').select(({ fn }) => fn.countAll().as('others'))
        .where('room_tag', '=', roomTag).where('id', '!=', id).where('expires_at', '>', now).executeTakeFirstOrThrow()
      return toNumber(others)
    },
    async answer (roomTag, id, answer, { accountId, bytes }) {
      await db.updateTable('mailbox_requests').set({ answer, account_id: accountId, bytes })
        .where('room_tag', '=', roomTag).where('id', '=', id).execute()
    },
    async remove (roomTag, id) {
      await db.deleteFrom('mailbox_requests').where('room_tag', '=', roomTag).where('id', '=', id).execute()
    },
    async usageOf (accountId) {
      const { total, rows } = await db.selectFrom('mailbox_requests')
        .select(({ fn }) => [fn.sum<number | bigint | string | null>('bytes').as('total'), fn.countAll().as('rows')])
        .where('account_id', '=', accountId).executeTakeFirstOrThrow()
      return { bytes: toNumber(total ?? 0), rows: toNumber(rows) }
    },
    async purge (now) {
      await db.deleteFrom('mailbox_requests').where('expires_at', '<=', now).execute()
    }
  }
}

function toRequest (row: {
  id: string, invite_id: string, device_id: string, sealed: Uint8Array, answer: Uint8Array | null
  created_at: number | bigint | string
}): JoinRequest {
  return {
    id: row.id, inviteId: row.invite_id, deviceId: row.device_id, sealed: row.sealed, answer: row.answer,
    createdAt: toNumber(row.created_at)
  }
}
