/** Secrets of epochs on their way to somebody: to one device, wrapped for its encryption key, or under a secret that both have. */
import { decodeCbor, encodeCbor, readArray, readBytes } from '#shared/wire/cbor.ts'
import { readEpochId } from '#shared/wire/epoch-id.ts'
import { concat } from '#shared/wire/envelope.ts'
import { fromHex, type EpochId, type UserKey } from '#shared/ids.ts'
import { SHELF_MAX_EPOCHS, WELCOME_MAX_EPOCHS } from '#shared/limits.ts'
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

/** How many of a room's newest epochs fit into one frame of every version, at 104 bytes each. */
const FIRST_PART_EPOCHS = 1200
/** Beside an entry of the greatest length, in one frame. */
const FURTHER_PART_EPOCHS = 600

/**
 * Selects the epochs that others are given of a room, of `max` at most.
 * RULE: no epoch is passed on that no operation makes or is sealed in. Where not all fit, each device's newest come in turn:
 * nobody displaces what others made.
 * @returns the room's first epoch first, then the one in use
 */
export function epochsToPassOn (
  { membership, keyring, operations }: Pick<RoomLog, 'membership' | 'keyring' | 'operations'>, max = Infinity
): EpochId[] {
  const resolved = membership.peek()
  const first = resolved.epochs.find(({ rotation }) => rotation === null)?.epochId
  const chosen = new Set([first, keyring.forOperations(resolved)?.epoch.epochId].filter((id) => id != null))
  const queues = [...operations.epochsOf().values()].map((epochs) => epochs.filter((id) => keyring.get(id) !== null))
  for (let place = 0; chosen.size < max && queues.some(({ length }) => place < length); place++) {
    for (const queue of queues) {
      const id = queue[place]
      if (id !== undefined && chosen.size < max) chosen.add(id)
    }
  }
  return [...chosen]
}

/** As `secretsFor`, of the epochs that a newcomer is given. `isLeft`: for what is left at the node. */
export function secretsForNewcomer (
  log: Pick<RoomLog, 'membership' | 'keyring' | 'operations'>, user: UserKey | null, { isLeft = false } = {}
): SecretEpochParts[] {
  const secrets = new Map(secretsFor(log, user).map((parts) => [parts.epochId, parts]))
  return epochsToPassOn(log, isLeft ? SHELF_MAX_EPOCHS : WELCOME_MAX_EPOCHS).flatMap((id) => secrets.get(id) ?? [])
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

/** As `bundleFor`, in parts of which each fits into a frame: `more` are sealed as the keys of the bundle are. */
export async function bundleInParts (
  recipient: Uint8Array<ArrayBuffer>, context: string, secrets: readonly SecretEpochParts[]
): Promise<KeyBundle & { more: Uint8Array<ArrayBuffer>[] }> {
  const key = crypto.getRandomValues(new Uint8Array(32))
  const { ephemeral, wraps } = await wrapFor([recipient], key, context)
  const seal = async (from: number, count: number): Promise<Uint8Array<ArrayBuffer>> =>
    await sealBlob(key, bundleContext(context), encodeSecrets(secrets.slice(from, from + count)))
  const more: Uint8Array<ArrayBuffer>[] = []
  for (let at = FIRST_PART_EPOCHS; at < secrets.length; at += FURTHER_PART_EPOCHS) more.push(await seal(at, FURTHER_PART_EPOCHS))
  return { ephemeral, wrap: concat(...wraps), sealedKeys: await seal(0, FIRST_PART_EPOCHS), more }
}

/**
 * @param more further parts of it
 * @throws {WireError} when it is not for this device, or for something else (rejects)
 */
export async function openBundle (
  { ephemeral, wrap, sealedKeys }: KeyBundle, context: string, mine: readonly CryptoKeyPair[],
  more: readonly Uint8Array<ArrayBuffer>[] = []
): Promise<SecretEpochParts[]> {
  const key = await unwrapFor(mine, ephemeral, wrap, context)
  const parts = await Promise.all([sealedKeys, ...more].map(async (part) =>
    await decodeSecrets(await openBlob(key, bundleContext(context), part))))
  return parts.flat()
}

const bundleContext = (context: string): string => `parley/keys/1/${context}`
