/** The node's shelf for welcomes and join requests, as `bootstrap/mailbox/invitations.ts` keeps it, in memory. Nothing here can be opened by it. */
import { ParleyError } from '#shared/errors.ts'
import { fromHex, toHex, type DeviceKey, type InviteId, type RoomTag } from '#shared/ids.ts'
import { toBase64Url } from '#shared/invite.ts'
import { concat, sha256 } from '#shared/wire/envelope.ts'
import type { InvitationsApi } from '../../node-api/index.ts'

export interface Shelf {
  /** What `device` can do there with one of a room's keys (raw, 32 bytes). `reach` rejects while the node cannot be reached. */
  apiOf(device: DeviceKey, roomTag: RoomTag, publicKey: Uint8Array, reach: () => Promise<void>): InvitationsApi
}

interface Welcome { sealed: Uint8Array<ArrayBuffer>, expiresAt: number }
interface Request { id: string, inviteId: InviteId, device: DeviceKey, sealed: Uint8Array<ArrayBuffer>, createdAt: number, answer: Uint8Array<ArrayBuffer> | null }

const hashOf = async (bytes: Uint8Array): Promise<string> => toHex((await sha256(concat(bytes))).subarray(0, 16))

/** @param accessKeyOf what a room is registered by; null while it is not */
export function createShelf (accessKeyOf: (roomTag: RoomTag) => Uint8Array | null): Shelf {
  const welcomes = new Map<string, Welcome>()
  const requests = new Map<string, Request>()

  return {
    apiOf (device, roomTag, publicKey, reach) {
      const asMember = async (): Promise<void> => {
        await reach()
        const key = accessKeyOf(roomTag)
        if (key === null) throw new ParleyError('not-found')
        if (toHex(key) !== toHex(publicKey)) throw new ParleyError('not-allowed')
      }
      const asInvited = async (inviteId: InviteId): Promise<void> => {
        await reach()
        if (await hashOf(publicKey) !== inviteId) throw new ParleyError('not-allowed')
      }
      const welcomeOf = (inviteId: InviteId): Welcome => {
        const welcome = welcomes.get(`${roomTag}/${inviteId}`)
        if (welcome === undefined || welcome.expiresAt <= Date.now()) throw new ParleyError('not-found')
        return welcome
      }
      const requestOf = (id: string): Request => {
        const request = requests.get(`${roomTag}/${id}`)
        if (request === undefined) throw new ParleyError('not-found')
        return request
      }
      return {
        async putWelcome (inviteId, { sealed, expiresAt }) {
          await asMember()
          welcomes.set(`${roomTag}/${inviteId}`, { sealed: concat(sealed), expiresAt })
        },
        async welcome (inviteId) {
          await asInvited(inviteId)
          return welcomeOf(inviteId).sealed
        },
        async removeWelcome (inviteId) {
          await asMember()
          if (!welcomes.delete(`${roomTag}/${inviteId}`)) throw new ParleyError('not-found')
        },
        async leaveRequest ({ inviteId, sealed }) {
          await asInvited(inviteId)
          welcomeOf(inviteId)
          const id = await hashOf(concat(fromHex(roomTag), fromHex(inviteId), fromHex(device)))
          requests.set(`${roomTag}/${id}`, { id, inviteId, device, sealed: concat(sealed), createdAt: Date.now(), answer: null })
          return id
        },
        async requests () {
          await asMember()
          return [...requests].filter(([name, { answer }]) => name.startsWith(roomTag) && answer === null)
            .map(([, { id, inviteId, sealed, createdAt }]) => ({ id, inviteId, sealed: toBase64Url(sealed), createdAt }))
        },
        async answer (id) {
          await reach()
          await asInvited(requestOf(id).inviteId)
          return requestOf(id).answer
        },
        async putAnswer (id, sealed) {
          await asMember()
          requestOf(id).answer = concat(sealed)
        },
        async removeRequest (id) {
          await reach()
          requestOf(id)
          requests.delete(`${roomTag}/${id}`)
        },
        // The replica of a run has no bodies to let go of: what it holds too long harms nothing that is checked.
        eraseBodies: async () => await asMember()
      }
    }
  }
}
