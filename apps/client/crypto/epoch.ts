/**
 * An epoch: the keys of a room between two rotations.
 *
 *     seed (32 B, random) → log secret     = HKDF(seed, 'parley/log-secret/1')       seals operations; every member gets all of them
 *                         → message secret = HKDF(seed, 'parley/message-secret/1')   seals messages; newcomers get the past if the room wants it
 *     epochId = SHA-256('parley/epoch/2' ‖ SHA-256(log secret) ‖ SHA-256(message secret))
 *               in rooms from before protocol 3 the first 16 bytes of the same with 'parley/epoch/1'
 *
 * The id commits to both secrets, so that whoever is handed a key can check it, and no ciphertext opens to two plaintexts under one epoch:
 * AES-GCM alone would not promise that.
 */
import { toHex, type EpochId } from '#shared/ids.ts'
import { concat, sha256 } from '#shared/wire/envelope.ts'
import { EPOCH_ID_BYTES, SHORT_EPOCH_ID_BYTES } from '#shared/wire/epoch-id.ts'
import { hkdf, hkdfAesKey } from './hkdf.ts'

const EPOCH_SEED_BYTES = 32
const CONTEXT = new TextEncoder().encode('parley/epoch/2')
const SHORT_CONTEXT = new TextEncoder().encode('parley/epoch/1')

/** What is stored (sealed) and handed to new members (wrapped). Secret. */
export interface SecretEpochParts {
  epochId: EpochId
  logSecret: Uint8Array<ArrayBuffer>
  /** Null behind a history barrier: operations can be read, messages cannot. Then `messageCommitment` stands for it. */
  messageSecret: Uint8Array<ArrayBuffer> | null
  messageCommitment: Uint8Array<ArrayBuffer>
  /** What this device found of the rotation that made it (`rooms/log/epochs/epoch-trust.ts`). Stays here: nobody believes another's word for it. */
  wraps?: 'right' | 'wrong'
}

export interface Epoch {
  epochId: EpochId
  logKey: CryptoKey
  messageKey: CryptoKey | null
  parts: SecretEpochParts
}

/**
 * A fresh epoch and the seed that others are given.
 * @param before an epoch of the same room: all of a room have ids of one length
 */
export async function createEpoch (before?: EpochId): Promise<Epoch & { seed: Uint8Array<ArrayBuffer> }> {
  const seed = crypto.getRandomValues(new Uint8Array(EPOCH_SEED_BYTES))
  return { ...await epochFromSeed(seed, before), seed }
}

/** @param like an id of the same length, of the same room */
export async function epochFromSeed (seed: Uint8Array<ArrayBuffer>, like?: EpochId): Promise<Epoch> {
  const logSecret = await hkdf(seed, 'parley/log-secret/1')
  const messageSecret = await hkdf(seed, 'parley/message-secret/1')
  return await load(logSecret, messageSecret, await sha256(messageSecret), like?.length)
}

/** Secrets from the store or from a member. Null when they do not fit the id they are said to be of. */
export async function epochFromSecrets (parts: SecretEpochParts): Promise<Epoch | null> {
  if (parts.messageSecret !== null && toHex(await sha256(parts.messageSecret)) !== toHex(parts.messageCommitment)) return null
  const epoch = await load(parts.logSecret, parts.messageSecret, parts.messageCommitment, parts.epochId.length)
  return epoch.epochId === parts.epochId ? epoch : null
}

async function load (
  logSecret: Uint8Array<ArrayBuffer>, messageSecret: Uint8Array<ArrayBuffer> | null, messageCommitment: Uint8Array<ArrayBuffer>,
  hexLength = EPOCH_ID_BYTES * 2
): Promise<Epoch> {
  const isShort = hexLength === SHORT_EPOCH_ID_BYTES * 2
  const hash = await sha256(concat(isShort ? SHORT_CONTEXT : CONTEXT, await sha256(logSecret), messageCommitment))
  const id = isShort ? hash.subarray(0, SHORT_EPOCH_ID_BYTES) : hash
  const epochId = toHex(id) as EpochId
  return {
    epochId,
    logKey: await hkdfAesKey(logSecret, `parley/log-key/1/${epochId}`),
    messageKey: messageSecret === null ? null : await hkdfAesKey(messageSecret, `parley/message-key/1/${epochId}`),
    parts: { epochId, logSecret, messageSecret, messageCommitment }
  }
}
