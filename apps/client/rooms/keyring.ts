/**
 * The epochs of one room that this device has keys of. Learns from rotations, chooses what to send in, makes the next one.
 * Epochs form a DAG like the operations that carry them: there is no leader, and two concurrent rotations are both good until the next.
 */
import { WireError } from '#shared/wire/cbor.ts'
import { concat, NONCE_BYTES } from '#shared/wire/envelope.ts'
import { toHex, type DeviceKey, type EpochId } from '#shared/ids.ts'
import { createEpoch, epochFromSecrets, epochFromSeed, unwrapFor, wrapFor, type Epoch, type SecretEpochParts } from '../crypto/index.ts'
import type { ResolvedEpoch, Membership } from './membership/resolve.ts'
import { computeRecipients, wrapOrder, type Rotation } from './membership/operations.ts'

export interface Keyring {
  get(id: EpochId): Epoch | null
  all(): Epoch[]
  /** Keeps an epoch that was stored or handed over; false when its secrets do not fit its id. */
  add(parts: SecretEpochParts): Promise<boolean>
  /** Takes from the rotations that count whatever this device can open. Answers the epochs that are new. */
  learn(membership: Membership): Promise<Epoch[]>
  /** The newest epoch whose holders are all still members; null when the sender has to rotate first. */
  forSending(membership: Membership): Epoch | null
  /** A fresh epoch for `recipients`, following `previous`. */
  rotate(previous: Epoch, recipients: ReadonlyMap<DeviceKey, Uint8Array<ArrayBuffer>>): Promise<{ rotation: Rotation, epoch: Epoch }>
}

export function createKeyring (options: { device: DeviceKey, encryptionKeys: CryptoKeyPair }): Keyring {
  const epochs = new Map<EpochId, Epoch>()

  const keep = (epoch: Epoch | null): Epoch | null => {
    if (epoch === null) return null
    const known = epochs.get(epoch.epochId)
    if (known?.messageKey === null || known === undefined) epochs.set(epoch.epochId, epoch)
    return known === undefined ? epoch : null
  }

  /** The wrap for this device, when the rotation is for exactly the members that its author knew of. */
  const openWrap = async ({ rotation, recipients }: ResolvedEpoch): Promise<Epoch | null> => {
    if (rotation === null || toHex(await computeRecipients(recipients)) !== toHex(rotation.recipients)) return null
    const wrap = rotation.wraps[recipients.indexOf(options.device)]
    if (wrap === undefined) return null
    try {
      const epoch = await epochFromSeed(await unwrapFor(options.encryptionKeys, rotation.ephemeral, wrap, wrapContext(rotation.epochId)))
      return epoch.epochId === rotation.epochId ? epoch : null
    } catch (error) {
      if (error instanceof WireError) return null
      throw error
    }
  }

  return {
    get: (id) => epochs.get(id) ?? null,
    all: () => [...epochs.values()],
    add: async (parts) => {
      const epoch = await epochFromSecrets(parts)
      keep(epoch)
      return epoch !== null
    },
    async learn (membership) {
      const learned: Epoch[] = []
      for (const resolved of membership.epochs) {
        if (resolved.epochId === null || epochs.has(resolved.epochId)) continue
        const epoch = keep(await openWrap(resolved))
        if (epoch !== null) learned.push(epoch)
      }
      for (const { rotation, epochId } of membership.epochs.toReversed()) {
        const later = epochId === null ? undefined : epochs.get(epochId)
        if (rotation === null || later === undefined || epochs.has(rotation.previous)) continue
        const epoch = keep(await openPrevious(rotation, later))
        if (epoch !== null) learned.push(epoch)
      }
      return learned
    },
    forSending (membership) {
      const candidates = membership.epochs.filter((epoch) =>
        membership.removals.every((removal) => membership.isBefore(removal, epoch.operation)))
      candidates.sort((a, b) => b.depth - a.depth || (a.operation < b.operation ? -1 : 1))
      for (const { epochId } of candidates) {
        const epoch = epochId === null ? firstEpoch(epochs, membership) : epochs.get(epochId)
        if (epoch?.messageKey != null) return epoch
      }
      return null
    },
    async rotate (previous, recipients) {
      const epoch = await createEpoch()
      const devices = wrapOrder(recipients.keys())
      const keys = devices.flatMap((device) => recipients.get(device) ?? [])
      const { ephemeral, wraps } = await wrapFor(keys, epoch.seed, wrapContext(epoch.epochId))
      const rotation: Rotation = {
        epochId: epoch.epochId,
        previous: previous.epochId,
        recipients: await computeRecipients(devices),
        ephemeral,
        wraps,
        previousLogSecret: await sealSecret(epoch.logKey, previous.parts.logSecret),
        previousMessageSecret: await sealSecret(epoch.messageKey, previous.parts.messageSecret)
      }
      keep(epoch)
      return { rotation, epoch }
    }
  }
}

const wrapContext = (epochId: EpochId): string => `epoch/${epochId}`

/** The epoch that no rotation made: the one the room began with. */
function firstEpoch (epochs: ReadonlyMap<EpochId, Epoch>, membership: Membership): Epoch | undefined {
  const rotated = new Set(membership.epochs.map((epoch) => epoch.epochId))
  return [...epochs.values()].find((epoch) => !rotated.has(epoch.epochId))
}

async function openPrevious (rotation: Rotation, later: Epoch): Promise<Epoch | null> {
  const logSecret = await openSecret(later.logKey, rotation.previousLogSecret)
  const messageSecret = await openSecret(later.messageKey, rotation.previousMessageSecret)
  if (logSecret === null || messageSecret === null) return null
  const messageCommitment = new Uint8Array(await crypto.subtle.digest('SHA-256', messageSecret))
  return await epochFromSecrets({ epochId: rotation.previous, logSecret, messageSecret, messageCommitment })
}

/** 32 bytes of secret, or zeros where there is none to give (a history barrier), under a key of the next epoch: 60 bytes. */
async function sealSecret (key: CryptoKey | null, secret: Uint8Array<ArrayBuffer> | null): Promise<Uint8Array<ArrayBuffer>> {
  if (key === null) throw new Error('a fresh epoch has both keys')
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  return concat(iv, new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, secret ?? new Uint8Array(32))))
}

async function openSecret (key: CryptoKey | null, sealed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | null> {
  if (key === null) return null
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: sealed.slice(0, NONCE_BYTES) }, key, sealed.slice(NONCE_BYTES)))
  } catch {
    return null
  }
}
