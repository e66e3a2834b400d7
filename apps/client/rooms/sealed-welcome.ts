/**
 * What an inviter leaves at the node for whoever comes by a link while nobody is there, sealed under the link's secret:
 *
 *     [0, expiresAt, first epoch (16), keys]     the room's keys: whoever has the link reads at once
 *     [1, expiresAt, request key (32)]           the link asks for approval: what a request is sealed under, and no key of the room
 */
import { decodeCbor, encodeCbor, readArray, readBytes, readUint, WireError } from '#shared/wire/cbor.ts'
import { fromHex, toHex, type EpochId, type InviteId, type RoomTag } from '#shared/ids.ts'
import { openBlob, sealBlob, type SecretEpochParts } from '../crypto/index.ts'
import { decodeSecrets, encodeSecrets } from './key-bundle.ts'

export type SealedWelcome = { expiresAt: number } & (
  | { type: 'keys', firstEpochId: EpochId, secrets: SecretEpochParts[] }
  | { type: 'approval', requestKey: Uint8Array<ArrayBuffer> }
)

const KEYS = 0, APPROVAL = 1

/** @param secret the link's, 16 bytes */
export async function sealWelcome (secret: Uint8Array<ArrayBuffer>, place: { roomTag: RoomTag, inviteId: InviteId }, welcome: SealedWelcome): Promise<Uint8Array<ArrayBuffer>> {
  const fields = welcome.type === 'keys'
    ? [KEYS, welcome.expiresAt, fromHex(welcome.firstEpochId), encodeSecrets(welcome.secrets)]
    : [APPROVAL, welcome.expiresAt, welcome.requestKey]
  return await sealBlob(secret, contextOf(place), encodeCbor(fields))
}

/** @throws {WireError} when it was sealed under another link, for another room or invitation (rejects) */
export async function openSealedWelcome (
  secret: Uint8Array<ArrayBuffer>, place: { roomTag: RoomTag, inviteId: InviteId }, sealed: Uint8Array<ArrayBuffer>
): Promise<SealedWelcome> {
  const fields = readArray(decodeCbor(await openBlob(secret, contextOf(place), sealed)), 'sealed-welcome')
  const expiresAt = readUint(fields[1], 'expires-at')
  switch (fields[0]) {
    case KEYS: return {
      type: 'keys', expiresAt,
      firstEpochId: toHex(readBytes(fields[2], 'epoch-id', 16)) as EpochId,
      secrets: await decodeSecrets(readBytes(fields[3], 'keys'))
    }
    case APPROVAL: return { type: 'approval', expiresAt, requestKey: readBytes(fields[2], 'request-key', 32) }
    default: throw new WireError('unknown-welcome')
  }
}

const contextOf = ({ roomTag, inviteId }: { roomTag: RoomTag, inviteId: InviteId }): string => `parley/welcome/1/${roomTag}/${inviteId}`
