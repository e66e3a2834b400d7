/**
 * Welcomes and join requests: sealed blobs beside a room that the mailbox carries. Whoever has the room's access key leaves and fetches on
 * the members' side; whoever has an invitation's key, on the joiner's. The node opens none of them.
 */
import { createHash } from 'node:crypto'
import { ParleyError } from '#shared/errors.ts'
import { toHex } from '#shared/ids.ts'
import { MAILBOX_TTL_MS, REQUESTS_PER_ROOM, SHELF_QUOTA_BYTES } from '#shared/limits.ts'
import { SHELF_ROW_COST_BYTES } from '../disk/costs.ts'
import type { Db } from '../store/index.ts'

/** Who asks: the account and device of the passport, and the raw public key that has signed beside it. */
export interface ShelfCaller { accountId: string, deviceId: string, publicKey: Uint8Array }

export interface InvitationShelf {
  /** All reject with a `ParleyError`: `not-allowed` for a key that is not the one it takes, `not-found`, `mailbox-full`, `node-full`. */
  putWelcome(roomTag: string, inviteId: string, welcome: { sealed: Uint8Array, expiresAt: number }, caller: ShelfCaller): Promise<void>
  welcome(roomTag: string, inviteId: string, caller: ShelfCaller): Promise<Uint8Array>
  removeWelcome(roomTag: string, inviteId: string, caller: ShelfCaller): Promise<void>
  /** Answers the request's id: the same for the same device and invitation. */
  leaveRequest(roomTag: string, request: { inviteId: string, sealed: Uint8Array }, caller: ShelfCaller): Promise<string>
  requests(roomTag: string, caller: ShelfCaller): Promise<{ id: string, inviteId: string, sealed: Uint8Array, createdAt: number }[]>
  /** Null while nobody has answered. */
  answer(roomTag: string, id: string, caller: ShelfCaller): Promise<Uint8Array | null>
  putAnswer(roomTag: string, id: string, sealed: Uint8Array, caller: ShelfCaller): Promise<void>
  /** By a member, or by the device that left it. */
  removeRequest(roomTag: string, id: string, caller: ShelfCaller): Promise<void>
}

const hash16 = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex').slice(0, 32)

/** @param isNodeFull whether the node keeps nothing new */
export function createInvitationShelf (
  db: Db, now: () => number, { quotaBytes = SHELF_QUOTA_BYTES, isNodeFull = () => false }: { quotaBytes?: number, isNodeFull?: () => boolean } = {}
): InvitationShelf {
  /** RULE: the members' side is for whoever has the access key that the room is registered under. */
  const requireMember = async (roomTag: string, { publicKey }: ShelfCaller): Promise<void> => {
    const room = await db.selectFrom('mailbox_rooms').select('access_key').where('tag', '=', roomTag).executeTakeFirst()
    if (room === undefined) throw new ParleyError('not-found')
    if (room.access_key !== toHex(publicKey)) throw new ParleyError('not-allowed')
  }
  /** RULE: the joiner's side is for whoever has the key that an invitation's id is the hash of. */
  const requireInvited = (inviteId: string, { publicKey }: ShelfCaller): void => {
    if (hash16(publicKey) !== inviteId) throw new ParleyError('not-allowed')
  }

  const requireSpace = async (accountId: string, bytes: number): Promise<void> => {
    if (isNodeFull()) throw new ParleyError('node-full')
    let used = bytes + SHELF_ROW_COST_BYTES
    for (const table of ['mailbox_welcomes', 'mailbox_requests'] as const) {
      const row = await db.selectFrom(table)
        .select(({ fn }) => [fn.sum<number | string | null>('bytes').as('bytes'), fn.countAll<number | string>().as('rows')])
        .where('account_id', '=', accountId).executeTakeFirst()
      used += Number(row?.bytes ?? 0) + Number(row?.rows ?? 0) * SHELF_ROW_COST_BYTES
    }
    if (used > quotaBytes) throw new ParleyError('mailbox-full')
  }

  const openWelcome = async (roomTag: string, inviteId: string): Promise<{ sealed: Uint8Array, expires_at: number }> => {
    const row = await db.selectFrom('mailbox_welcomes').select(['sealed', 'expires_at'])
      .where('room_tag', '=', roomTag).where('invite_id', '=', inviteId).where('expires_at', '>', now()).executeTakeFirst()
    if (row === undefined) throw new ParleyError('not-found')
    return row
  }

  const findRequest = async (roomTag: string, id: string) => {
    const row = await db.selectFrom('mailbox_requests').selectAll()
      .where('room_tag', '=', roomTag).where('id', '=', id).where('expires_at', '>', now()).executeTakeFirst()
    if (row === undefined) throw new ParleyError('not-found')
    return row
  }

  return {
    async putWelcome (roomTag, inviteId, { sealed, expiresAt }, caller) {
      await requireMember(roomTag, caller)
      await requireSpace(caller.accountId, sealed.length)
      const welcome = { sealed, bytes: sealed.length, account_id: caller.accountId, expires_at: Math.min(expiresAt, now() + MAILBOX_TTL_MS) }
      await db.insertInto('mailbox_welcomes').values({ room_tag: roomTag, invite_id: inviteId, ...welcome })
        .onConflict((conflict) => conflict.columns(['room_tag', 'invite_id']).doUpdateSet(welcome)).execute()
    },
    async welcome (roomTag, inviteId, caller) {
      requireInvited(inviteId, caller)
      return (await openWelcome(roomTag, inviteId)).sealed
    },
    async removeWelcome (roomTag, inviteId, caller) {
      await requireMember(roomTag, caller)
      const { numDeletedRows } = await db.deleteFrom('mailbox_welcomes')
        .where('room_tag', '=', roomTag).where('invite_id', '=', inviteId).executeTakeFirst()
      if (numDeletedRows === 0n) throw new ParleyError('not-found')
    },
    async leaveRequest (roomTag, { inviteId, sealed }, caller) {
      requireInvited(inviteId, caller)
      const { expires_at: expiresAt } = await openWelcome(roomTag, inviteId)
      await requireSpace(caller.accountId, sealed.length)
      const id = hash16(`${roomTag}/${inviteId}/${caller.deviceId}`)
      const { waiting } = await db.selectFrom('mailbox_requests').select(({ fn }) => fn.countAll<number | string>().as('waiting'))
        .where('room_tag', '=', roomTag).where('id', '!=', id).where('expires_at', '>', now()).executeTakeFirstOrThrow()
      if (Number(waiting) >= REQUESTS_PER_ROOM) throw new ParleyError('mailbox-full')
      const request = { sealed, answer: null, bytes: sealed.length, account_id: caller.accountId, created_at: now(), expires_at: expiresAt }
      await db.insertInto('mailbox_requests')
        .values({ room_tag: roomTag, id, invite_id: inviteId, device_id: caller.deviceId, ...request })
        .onConflict((conflict) => conflict.columns(['room_tag', 'id']).doUpdateSet(request)).execute()
      return id
    },
    async requests (roomTag, caller) {
      await requireMember(roomTag, caller)
      const rows = await db.selectFrom('mailbox_requests').select(['id', 'invite_id', 'sealed', 'created_at'])
        .where('room_tag', '=', roomTag).where('answer', 'is', null).where('expires_at', '>', now())
        .orderBy('created_at').orderBy('id').limit(REQUESTS_PER_ROOM).execute()
      return rows.map((row) => ({ id: row.id, inviteId: row.invite_id, sealed: row.sealed, createdAt: row.created_at }))
    },
    async answer (roomTag, id, caller) {
      const row = await findRequest(roomTag, id)
      requireInvited(row.invite_id, caller)
      if (row.device_id !== caller.deviceId) throw new ParleyError('not-allowed')
      return row.answer
    },
    async putAnswer (roomTag, id, sealed, caller) {
      await requireMember(roomTag, caller)
      const row = await findRequest(roomTag, id)
      await requireSpace(caller.accountId, sealed.length)
      // From now on it counts against whoever has answered: the larger part is theirs.
      await db.updateTable('mailbox_requests')
        .set({ answer: sealed, account_id: caller.accountId, bytes: row.sealed.length + sealed.length })
        .where('room_tag', '=', roomTag).where('id', '=', id).execute()
    },
    async removeRequest (roomTag, id, caller) {
      const row = await findRequest(roomTag, id)
      const isOwn = row.device_id === caller.deviceId && hash16(caller.publicKey) === row.invite_id
      if (!isOwn) await requireMember(roomTag, caller)
      await db.deleteFrom('mailbox_requests').where('room_tag', '=', roomTag).where('id', '=', id).execute()
    }
  }
}
