/**
 * What an inviter leaves at the node for joiners who come while no one is there, sealed under the link's secret:
 *
 *     [content, access key (32), proof (64)]
 *     content = [0, expiresAt, first epoch (32), keys]     the room's keys: a joiner reads at once
 *             | [1, expiresAt, request key (32)]           the link asks for approval: what a request is sealed under, and no key of the room
 *
 * The link's secret is known to everyone who has the link. The proof, by the key that the link commits to, shows that the welcome is from someone of the room.
 */
import { decodeCbor, encodeCbor, readArray, readBytes, readUint, WireError } from '#shared/wire/cbor.ts'
import { readEpochId } from '#shared/wire/epoch-id.ts'
import { fromHex, type EpochId } from '#shared/ids.ts'
import { checkForLink, proveForLink, type LinkPlace } from '#shared/wire/link-proof.ts'
import type { RoomKeys } from '#shared/wire/rendezvous-proof.ts'
import { openBlob, sealBlob, type SecretEpochParts } from '../../../crypto/index.ts'
import { decodeSecrets, encodeSecrets } from '../../log/epochs/key-bundle.ts'

export type SealedWelcome = { expiresAt: number } & (
  | { type: 'keys', firstEpochId: EpochId, secrets: SecretEpochParts[] }
  | { type: 'approval', requestKey: Uint8Array<ArrayBuffer> }
)

const KEYS = 0, APPROVAL = 1

/** @param secret the link's, 16 bytes @param keys the room's access key */
export async function sealWelcome (
  secret: Uint8Array<ArrayBuffer>, place: LinkPlace, welcome: SealedWelcome, keys: RoomKeys
): Promise<Uint8Array<ArrayBuffer>> {
  const fields = welcome.type === 'keys'
    ? [KEYS, welcome.expiresAt, fromHex(welcome.firstEpochId), encodeSecrets(welcome.secrets)]
    : [APPROVAL, welcome.expiresAt, welcome.requestKey]
  const content = encodeCbor(fields)
  const { accessKey, signature } = await proveForLink(keys, place, 'welcome', content)
  return await sealBlob(secret, contextOf(place), encodeCbor([content, accessKey, signature]))
}

/**
 * @param access what the link commits to
 * @throws {WireError} when it was sealed under another link, for another room or invitation, or not by a member (rejects)
 */
export async function openSealedWelcome (
  secret: Uint8Array<ArrayBuffer>, place: LinkPlace, access: Uint8Array, sealed: Uint8Array<ArrayBuffer>
): Promise<SealedWelcome> {
  const [bytes, accessKey, signature] = readArray(decodeCbor(await openBlob(secret, contextOf(place), sealed)), 'sealed-welcome', 3)
  const content = readBytes(bytes, 'welcome')
  const proof = { accessKey: readBytes(accessKey, 'access-key', 32), signature: readBytes(signature, 'proof', 64) }
  if (!await checkForLink(access, place, 'welcome', content, proof)) throw new WireError('unproven-welcome')
  const fields = readArray(decodeCbor(content), 'welcome')
  const expiresAt = readUint(fields[1], 'expires-at')
  switch (fields[0]) {
    case KEYS: return {
      type: 'keys', expiresAt,
      firstEpochId: readEpochId(fields[2]),
      secrets: await decodeSecrets(readBytes(fields[3], 'keys'))
    }
    case APPROVAL: return { type: 'approval', expiresAt, requestKey: readBytes(fields[2], 'request-key', 32) }
    default: throw new WireError('unknown-welcome')
  }
}

const contextOf = ({ roomTag, inviteId }: LinkPlace): string => `parley/welcome/2/${roomTag}/${inviteId}`
