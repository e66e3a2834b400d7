/**
 * Welcomes and join requests: sealed blobs beside a room that the mailbox carries. Whoever has the room's access key leaves and fetches on
 * the members' side; whoever has an invitation's key, on the joiner's. The node opens none of them.
 */
import { createHash } from 'node:crypto'
import { ParleyError } from '#shared/errors.ts'
import { toHex } from '#shared/ids.ts'
import { MAILBOX_TTL_MS, REQUESTS_PER_ROOM, SHELF_QUOTA_BYTES } from '#shared/limits.ts'
import { SHELF_ROW_COST_BYTES } from '../disk/costs.ts'
import type { JoinRequest } from '../store/join-requests.ts'
import type { MailboxStore } from '../store/mailbox.ts'
import type { Welcome } from '../store/welcomes.ts'

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
  store: MailboxStore, now: () => number,
  { quotaBytes = SHELF_QUOTA_BYTES, isNodeFull = () => false }: { quotaBytes?: number, isNodeFull?: () => boolean } = {}
): InvitationShelf {
  const { rooms, welcomes, requests } = store
  /** RULE: the members' side is for whoever has the access key that the room is registered under. */
  const requireMember = async (roomTag: string, { publicKey }: ShelfCaller): Promise<void> => {
    const accessKey = await rooms.accessKeyOf(roomTag)
    if (accessKey === null) throw new ParleyError('not-found')
    if (accessKey !== toHex(publicKey)) throw new ParleyError('not-allowed')
  }
  /** RULE: the joiner's side is for whoever has the key that an invitation's id is the hash of. */
  const requireInvited = (inviteId: string, { publicKey }: ShelfCaller): void => {
    if (hash16(publicKey) !== inviteId) throw new ParleyError('not-allowed')
  }

  const requireSpace = async (accountId: string, bytes: number): Promise<void> => {
    if (isNodeFull()) throw new ParleyError('node-full')
    let used = bytes + SHELF_ROW_COST_BYTES
    for (const table of [welcomes, requests]) {
      const { bytes, rows } = await table.usageOf(accountId)
      used += bytes + rows * SHELF_ROW_COST_BYTES
    }
    if (used > quotaBytes) throw new ParleyError('mailbox-full')
  }

  const openWelcome = async (roomTag: string, inviteId: string): Promise<Welcome> => {
    const welcome = await welcomes.find(roomTag, inviteId, now())
    if (welcome === null) throw new ParleyError('not-found')
    return welcome
  }

  const findRequest = async (roomTag: string, id: string): Promise<JoinRequest> => {
    const request = await requests.find(roomTag, id, now())
    if (request === null) throw new ParleyError('not-found')
    return request
  }

  return {
    async putWelcome (roomTag, inviteId, { sealed, expiresAt }, caller) {
      await requireMember(roomTag, caller)
      await requireSpace(caller.accountId, sealed.length)
      const welcome = { sealed, accountId: caller.accountId, expiresAt: Math.min(expiresAt, now() + MAILBOX_TTL_MS) }
      await welcomes.put(roomTag, inviteId, welcome)
    },
    async welcome (roomTag, inviteId, caller) {
      requireInvited(inviteId, caller)
      return (await openWelcome(roomTag, inviteId)).sealed
    },
    async removeWelcome (roomTag, inviteId, caller) {
      await requireMember(roomTag, caller)
      if (!await welcomes.remove(roomTag, inviteId)) throw new ParleyError('not-found')
    },
    async leaveRequest (roomTag, { inviteId, sealed }, caller) {
      requireInvited(inviteId, caller)
      const { expiresAt } = await openWelcome(roomTag, inviteId)
      await requireSpace(caller.accountId, sealed.length)
      const id = hash16(`${roomTag}/${inviteId}/${caller.deviceId}`)
      if (await requests.countOthers(roomTag, id, now()) >= REQUESTS_PER_ROOM) throw new ParleyError('mailbox-full')
      await requests.put(roomTag, {
        id, inviteId, deviceId: caller.deviceId, sealed, accountId: caller.accountId, createdAt: now(), expiresAt
      })
      return id
    },
    async requests (roomTag, caller) {
      await requireMember(roomTag, caller)
      const waiting = await requests.listUnanswered(roomTag, { now: now(), limit: REQUESTS_PER_ROOM })
      return waiting.map(({ id, inviteId, sealed, createdAt }) => ({ id, inviteId, sealed, createdAt }))
    },
    async answer (roomTag, id, caller) {
      const row = await findRequest(roomTag, id)
      requireInvited(row.inviteId, caller)
      if (row.deviceId !== caller.deviceId) throw new ParleyError('not-allowed')
      return row.answer
    },
    async putAnswer (roomTag, id, sealed, caller) {
      await requireMember(roomTag, caller)
      const row = await findRequest(roomTag, id)
      await requireSpace(caller.accountId, sealed.length)
      // From now on it counts against whoever has answered: the larger part is theirs.
      const charge = { accountId: caller.accountId, bytes: row.sealed.length + sealed.length }
      await requests.answer(roomTag, id, sealed, charge)
    },
    async removeRequest (roomTag, id, caller) {
      const row = await findRequest(roomTag, id)
      const isOwn = row.deviceId === caller.deviceId && hash16(caller.publicKey) === row.inviteId
      if (!isOwn) await requireMember(roomTag, caller)
      await requests.remove(roomTag, id)
    }
  }
}
