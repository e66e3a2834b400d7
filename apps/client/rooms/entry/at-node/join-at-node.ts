/**
 * The joiner's side of a room's shelf at the node: takes the welcome that lies there, leaves a request, and hears what a member has
 * answered. All of it may be repeated; what has happened already is not done again.
 */
import { ParleyError } from '#shared/errors.ts'
import { toHex, type EpochId, type InviteId, type RoomTag } from '#shared/ids.ts'
import { WireError } from '#shared/wire/cbor.ts'
import { commitToAccess, type LinkPlace } from '#shared/wire/link-proof.ts'
import { deriveAccessKey } from '#shared/wire/sync/index.ts'
import { epochFromSecrets, type Epoch, type SecretEpochParts } from '../../../crypto/index.ts'
import type { Device } from '../../../identity/index.ts'
import type { InvitationsApi } from '../../../node-api/index.ts'
import type { JoinRecord } from '../../../store/index.ts'
import { inviteKeys, proveInvite } from '../invitations.ts'
import { openBundle } from '../../log/epochs/key-bundle.ts'
import type { ShownRecord } from '../../membership/operation-codec.ts'
import { openAnswer, requestKeyOf, sealRequest, type RequestAnswer } from './sealed-request.ts'
import { openSealedWelcome, type SealedWelcome } from './sealed-welcome.ts'

export interface Keys { firstEpochId: EpochId, epochs: Epoch[] }

export interface JoinAtNode {
  /** What lies there for the link; null when nothing does. */
  welcome(): Promise<SealedWelcome | null>
  /** Leaves the request; answers its id, null when the node takes none for this link. */
  leave(requestKey: Uint8Array<ArrayBuffer>): Promise<string | null>
  /** What a member has answered: `gone` when the request lies there no more. */
  answer(requestId: string): Promise<{ type: 'admitted', keys: Keys } | Extract<RequestAnswer, { type: 'refused' }> | 'gone' | null>
  /** Takes the request away. Never rejects. */
  withdraw(requestId: string): Promise<void>
}

export async function createJoinAtNode ({ join, device, memberRecord, api }: {
  join: JoinRecord
  device: Device
  memberRecord: () => Promise<ShownRecord>
  /** Null without a passport. */
  api: (roomTag: RoomTag, keys: { privateKey: CryptoKey, publicKey: Uint8Array }) => InvitationsApi | null
}): Promise<JoinAtNode> {
  const keys = await inviteKeys(join.secret)
  const place: LinkPlace = { roomTag: join.roomTag, inviteId: keys.id }
  const node = (): InvitationsApi => {
    const found = api(join.roomTag, keys)
    if (found === null) throw new ParleyError('passport-invalid')
    return found
  }

  /** RULE: the first epoch is the one whose key the link commits to: an answer or a welcome with another one is none. */
  const requireFirst = async (firstEpochId: EpochId, epochs: readonly Pick<SecretEpochParts, 'epochId' | 'logSecret'>[]): Promise<void> => {
    const first = epochs.find(({ epochId }) => epochId === firstEpochId)
    const commitment = first === undefined ? null : await commitToAccess((await deriveAccessKey(first.logSecret)).rawPublicKey)
    if (commitment === null || toHex(commitment) !== toHex(join.access ?? new Uint8Array())) throw new WireError('foreign-first-epoch')
  }

  return {
    async welcome () {
      // No welcome of an open party room lies at the node.
      if (join.access === undefined) return null
      try {
        const welcome = await openSealedWelcome(join.secret, place, join.access, await node().welcome(keys.id))
        if (welcome.type === 'keys') await requireFirst(welcome.firstEpochId, welcome.secrets)
        return welcome
      } catch (error) {
        // Something else than what an inviter leaves: as good as nothing.
        if (isNotFound(error) || error instanceof WireError) return null
        throw error
      }
    },
    async leave (requestKey) {
      const member = await memberRecord()
      const challenge = crypto.getRandomValues(new Uint8Array(32))
      const request = { ...await proveInvite(join.secret, join.roomTag, challenge, member), challenge, answerKey: join.answerKey }
      try {
        return await node().leaveRequest({ inviteId: keys.id, sealed: await sealRequest(requestKey, place, request) })
      } catch (error) {
        if (isNotFound(error) || (error instanceof ParleyError && error.code === 'mailbox-full')) return null
        throw error
      }
    },
    async answer (requestId) {
      try {
        const sealed = await node().answer(requestId)
        if (sealed === null || join.access === undefined) return null
        const answer = await openAnswer({ place, joiner: device.key, answerKey: join.answerKey }, join.access, sealed)
        if (answer.type !== 'admitted') return answer
        const secrets = await openBundle(answer.bundle, `welcome/${join.roomTag}`, device.encryption.all())
        await requireFirst(answer.firstEpochId, secrets)
        return { type: 'admitted', keys: { firstEpochId: answer.firstEpochId, epochs: await toEpochs(secrets) } }
      } catch (error) {
        // An answer that no member has written is none.
        if (isNotFound(error) || error instanceof WireError) return 'gone'
        throw error
      }
    },
    async withdraw (requestId) {
      await Promise.resolve().then(async () => await node().removeRequest(requestId)).catch(() => undefined)
    }
  }
}

/** RULE: a secret that does not fit the id of its epoch is not taken, whoever has given it. */
export const toEpochs = async (secrets: readonly SecretEpochParts[]): Promise<Epoch[]> =>
  (await Promise.all(secrets.map(epochFromSecrets))).filter((epoch) => epoch !== null)

/** What a request is sealed under, by what the welcome has given. */
export async function requestKeyFrom (welcome: SealedWelcome, roomTag: RoomTag, inviteId: InviteId): Promise<Uint8Array<ArrayBuffer> | null> {
  if (welcome.type === 'approval') return welcome.requestKey
  const first = welcome.secrets.find(({ epochId }) => epochId === welcome.firstEpochId)
  return first === undefined ? null : await requestKeyOf(first.logSecret, { roomTag, inviteId })
}

const isNotFound = (error: unknown): boolean => error instanceof ParleyError && error.code === 'not-found'
