/**
 * What somebody gets to who has certain epochs: rotations lead back to the one before, and hand over others.
 *
 *     handed = nonce (12) ‖ AES-256-GCM(log key, [[epochId, log secret (32), message commitment (32)]…])      at most 64
 */
import { decodeCbor, encodeCbor, readArray, readBytes, WireError } from '#shared/wire/cbor.ts'
import { readEpochId } from '#shared/wire/epoch-id.ts'
import { fromHex, toHex, type DeviceKey, type EpochId } from '#shared/ids.ts'
import { ROTATION_MAX_HANDED } from '#shared/limits.ts'
import { concat, NONCE_BYTES } from '#shared/wire/envelope.ts'
import { epochFromSecrets, type Epoch, type SecretEpochParts } from '../../../crypto/index.ts'
import type { Rotation } from '../../membership/operations.ts'

/** A rotation, its author, and the epoch that it is sealed in; null for the one that the room began with. */
export interface SealedRotation { rotation: Rotation, by: DeviceKey, sealedIn: EpochId | null }

export interface EpochReach {
  /** Returns what follows from `start` by rotations that can be opened with it. */
  from(start: Iterable<EpochId>): Promise<Set<EpochId>>
}

export function createEpochReach ({ epochOf, rotationsOf, firstId }: {
  epochOf: (id: EpochId) => Epoch | undefined
  rotationsOf: (id: EpochId) => readonly SealedRotation[]
  /** The epoch that the room began with, where it is known. */
  firstId: () => EpochId | null
}): EpochReach {
  const known = new WeakMap<Rotation, EpochId[]>()

  /** What a rotation says is compared with the keys that are held: it may lie. */
  const givenBy = async (rotation: Rotation): Promise<EpochId[]> => {
    const at = known.get(rotation), epoch = epochOf(rotation.epochId), previous = epochOf(rotation.previous)
    if (at !== undefined || epoch === undefined) return at ?? []
    const logSecret = await openSealed(epoch.logKey, rotation.previousLogSecret)
    const isChained = previous !== undefined && logSecret !== null && toHex(logSecret) === toHex(previous.parts.logSecret)
    const handed = (await openHanded(epoch.logKey, rotation)).filter((parts) => {
      const held = epochOf(parts.epochId)
      return held !== undefined && toHex(held.parts.logSecret) === toHex(parts.logSecret)
    })
    const given = [...isChained ? [rotation.previous] : [], ...handed.map(({ epochId }) => epochId)]
    if (previous !== undefined) known.set(rotation, given)
    return given
  }

  return {
    async from (start) {
      const reached = new Set(start)
      let waiting = [...reached].flatMap(rotationsOf)
      for (let isAnyNew = true; isAnyNew;) {
        isAnyNew = false
        const shut: SealedRotation[] = []
        for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
          const sealedIn = one.sealedIn ?? firstId()
          if (sealedIn !== null && !reached.has(sealedIn)) {
            shut.push(one)
            continue
          }
          for (const id of await givenBy(one.rotation)) {
            if (reached.has(id)) continue
            reached.add(id)
            isAnyNew = true
            waiting.push(...rotationsOf(id))
          }
        }
        waiting = shut
      }
      return reached
    }
  }
}

/** @param epochs the first ones are handed over, as many as fit */
export async function sealHanded (key: CryptoKey, epochs: readonly Epoch[]): Promise<Uint8Array<ArrayBuffer> | null> {
  const fields = epochs.slice(0, ROTATION_MAX_HANDED).map(({ parts }) => [fromHex(parts.epochId), parts.logSecret, parts.messageCommitment])
  return fields.length === 0 ? null : await sealUnder(key, encodeCbor(fields))
}

/** Returns what a rotation hands over; nothing where it cannot be opened or read. */
export async function openHanded (key: CryptoKey, { handed }: Rotation): Promise<SecretEpochParts[]> {
  const plain = handed == null ? null : await openSealed(key, handed)
  if (plain === null) return []
  try {
    return readArray(decodeCbor(plain), 'handed').map((value) => {
      const [epochId, logSecret, commitment] = readArray(value, 'handed-epoch', 3)
      return {
        epochId: readEpochId(epochId), logSecret: readBytes(logSecret, 'log-secret', 32),
        messageSecret: null, messageCommitment: readBytes(commitment, 'message-commitment', 32)
      }
    })
  } catch (error) {
    if (error instanceof WireError) return []
    throw error
  }
}

/**
 * Opens the epoch that a rotation leads back to; null where it does not fit.
 * @param later the epoch that it makes
 */
export async function openPrevious (rotation: Rotation, later: Epoch): Promise<Epoch | null> {
  const logSecret = await openSealed(later.logKey, rotation.previousLogSecret)
  if (logSecret === null) return null
  const opened = await openSealed(later.messageKey, rotation.previousMessageSecret)
  const parts = { epochId: rotation.previous, logSecret }
  if (opened === null) return null
  const commitment = new Uint8Array(await crypto.subtle.digest('SHA-256', opened))
  return await epochFromSecrets({ ...parts, messageSecret: opened, messageCommitment: commitment }) ??
    // Behind a history barrier: the operations can be read, the messages cannot.
    await epochFromSecrets({ ...parts, messageSecret: null, messageCommitment: opened })
}

/** Bytes under a key of the next epoch: 28 more than they are. */
export async function sealUnder (key: CryptoKey | null, plain: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  if (key === null) throw new Error('a fresh epoch has both keys')
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  return concat(iv, new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, plain)))
}

export async function openSealed (key: CryptoKey | null, sealed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | null> {
  if (key === null) return null
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: sealed.slice(0, NONCE_BYTES) }, key, sealed.slice(NONCE_BYTES)))
  } catch {
    return null
  }
}
