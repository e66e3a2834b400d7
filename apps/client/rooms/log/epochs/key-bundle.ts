/** Secrets of epochs on their way to somebody: to one device, wrapped for its encryption key, or under a secret that both have. */
import { decodeCbor, encodeCbor, readArray, readBytes } from '#shared/wire/cbor.ts'
import { readEpochId } from '#shared/wire/epoch-id.ts'
import { concat } from '#shared/wire/envelope.ts'
import { fromHex, type UserKey } from '#shared/ids.ts'
import { openBlob, sealBlob, unwrapFor, wrapFor, type SecretEpochParts } from '../../../crypto/index.ts'
import { mayReadEpoch } from '../../membership/history.ts'
import type { RoomLog } from '../room-log.ts'

/** For one device. */
export interface KeyBundle {
  /** X25519 public key of the sender, 32 bytes, used once. */
  ephemeral: Uint8Array<ArrayBuffer>
  /** A fresh key for `sealedKeys`, wrapped: 48 bytes. */
  wrap: Uint8Array<ArrayBuffer>
  sealedKeys: Uint8Array<ArrayBuffer>
}

/**
 * RULE: every member gets all log secrets, since the membership is everybody's; message secrets as the room's history policy says.
 * @param user whom they are for; null for whoever comes by a link and is no member yet
 */
export function secretsFor (log: Pick<RoomLog, 'membership' | 'keyring'>, user: UserKey | null): SecretEpochParts[] {
  const membership = log.membership.peek()
  return log.keyring.all().map(({ parts }) => mayReadEpoch(membership, parts.epochId, user) ? parts : { ...parts, messageSecret: null })
}

export const encodeSecrets = (secrets: readonly SecretEpochParts[]): Uint8Array<ArrayBuffer> => encodeCbor(secrets.map((parts) =>
  [fromHex(parts.epochId), parts.logSecret, parts.messageSecret ?? parts.messageCommitment, parts.messageSecret !== null]))

/** @throws {WireError} (rejects) */
export async function decodeSecrets (bytes: Uint8Array): Promise<SecretEpochParts[]> {
  return await Promise.all(readArray(decodeCbor(bytes), 'keys').map(async (value) => {
    const [epochId, logSecret, message, isSecret] = readArray(value, 'epoch-secrets', 4)
    const messageBytes = readBytes(message, 'message-secret', 32)
    return {
      epochId: readEpochId(epochId),
      logSecret: readBytes(logSecret, 'log-secret', 32),
      messageSecret: isSecret === true ? messageBytes : null,
      messageCommitment: isSecret === true ? new Uint8Array(await crypto.subtle.digest('SHA-256', messageBytes)) : messageBytes
    }
  }))
}

/** @param recipient raw X25519 public key @param context what the bundle is for, e.g. `welcome/<room>` */
export async function bundleFor (recipient: Uint8Array<ArrayBuffer>, context: string, secrets: readonly SecretEpochParts[]): Promise<KeyBundle> {
  const key = crypto.getRandomValues(new Uint8Array(32))
  const { ephemeral, wraps } = await wrapFor([recipient], key, context)
  return { ephemeral, wrap: concat(...wraps), sealedKeys: await sealBlob(key, bundleContext(context), encodeSecrets(secrets)) }
}

/** @throws {WireError} when it is not for this device, or for something else (rejects) */
export async function openBundle ({ ephemeral, wrap, sealedKeys }: KeyBundle, context: string, mine: readonly CryptoKeyPair[]): Promise<SecretEpochParts[]> {
  const key = await unwrapFor(mine, ephemeral, wrap, context)
  return await decodeSecrets(await openBlob(key, bundleContext(context), sealedKeys))
}

const bundleContext = (context: string): string => `parley/keys/1/${context}`
