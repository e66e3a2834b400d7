/**
 * The epochs of one room that this device has keys of. Learns from rotations, chooses what to send in, makes the next one.
 * Epochs form a DAG like the operations that carry them: there is no leader, and two concurrent rotations are both good until the next.
 */
import { concat, NONCE_BYTES } from '#shared/wire/envelope.ts'
import { toHex, type DeviceKey, type EnvelopeId, type EpochId } from '#shared/ids.ts'
import { createEpoch, epochFromSecrets, epochFromSeed, unwrapAmong, wrapFor, type Epoch, type SecretEpochParts } from '../crypto/index.ts'
import { isReadByAll } from './membership/history.ts'
import type { ResolvedEpoch, Membership } from './membership/resolve.ts'
import { computeRecipients, wrapOrder, type Rotation } from './membership/operations.ts'

/** A week, as most people's routine: whoever copied a device's keys reads at most this much more without its members noticing anything. */
const EPOCH_MAX_AGE_MS = 7 * 24 * 3_600_000
/** Far below what AES-GCM with random nonces bears (2^32), and what one leaked key should open. */
const EPOCH_MAX_ENTRIES = 20_000
/** Of the newest epochs, this many are looked at for sending: concurrent rotations are few. */
const CANDIDATES_MAX = 8

export interface Keyring {
  get(id: EpochId): Epoch | null
  all(): Epoch[]
  /** Keeps an epoch that was stored or handed over; false when its secrets do not fit its id. */
  add(parts: SecretEpochParts): Promise<boolean>
  /**
   * Takes whatever this device can open: its wrap, and the epoch before. For reading it does not matter whether a rotation counts or for whom
   * else it is: what opens to the epoch it has committed to is that epoch's key. Answers the epochs that are new.
   */
  learn(rotations: readonly Rotation[]): Promise<Epoch[]>
  /** Finds out which epochs may be sent in. Call when the membership has changed. */
  judge(membership: Membership): Promise<void>
  /**
   * The newest epoch that is for exactly the members, as far as its author knew, of whom all are still there, and that all who are there now may
   * read; null when the sender has to rotate first.
   */
  forSending(membership: Membership): Epoch | null
  /** Whether an epoch was followed by two others: it is older than the one before the newest that may be sent in. False of an epoch that no rotation is known of. */
  isOutdated(membership: Membership, id: EpochId): boolean
  /** Whether the newest epoch has been used for long enough. @param at Unix ms @param countEntries the entries sealed in an epoch so far */
  isWorn(membership: Membership, at: number, countEntries: (epochId: EpochId) => number): boolean
  /** A fresh epoch for `recipients`, following `previous`: without its message secret (null), there is a history barrier. */
  rotate(previous: Epoch, recipients: ReadonlyMap<DeviceKey, Uint8Array<ArrayBuffer>>): Promise<{ rotation: Rotation, epoch: Epoch }>
}

export function createKeyring (options: { device: DeviceKey, encryptionKeys: () => readonly CryptoKeyPair[] }): Keyring {
  const epochs = new Map<EpochId, Epoch>()
  /** All rotations that were seen, by the epoch they make. */
  const seen = new Map<EpochId, Rotation[]>()
  /** Epochs that have come since they were last followed back. */
  const fresh = new Set<EpochId>()
  /** Operations whose recipients were found to be the members. */
  let exact = new Set<EnvelopeId>()
  /** Operations of epochs that some member may not read. */
  let closed = new Set<EnvelopeId>()
  /** The depth of the newest epoch that counts for a membership. */
  let deepest: { membership: Membership, depth: number } | null = null

  const keep = (epoch: Epoch | null): Epoch | null => {
    if (epoch === null) return null
    const known = epochs.get(epoch.epochId)
    if (known?.messageKey === null || known === undefined) epochs.set(epoch.epochId, epoch)
    deepest = null
    return known === undefined || (known.messageKey === null && epoch.messageKey !== null) ? epoch : null
  }

  const openWrap = async ({ epochId, ephemeral, wraps }: Rotation): Promise<Epoch | null> => {
    // Wraps are in the order of device keys, which are spread evenly.
    const place = Math.floor(Number.parseInt(options.device.slice(0, 8), 16) / 2 ** 32 * wraps.length)
    const seed = await unwrapAmong(options.encryptionKeys(), ephemeral, wraps, wrapContext(epochId), place)
    const epoch = seed === null ? null : await epochFromSeed(seed)
    return epoch?.epochId === epochId ? epoch : null
  }

  const candidates = (membership: Membership): ResolvedEpoch[] => membership.epochs
    .filter(({ isOpen, recipients }) => isOpen && recipients.every((device) => membership.memberOf(device) !== null))
    .sort((a, b) => b.depth - a.depth || (a.operation < b.operation ? -1 : 1))
    .slice(0, CANDIDATES_MAX)

  const newest = (membership: Membership): { epoch: Epoch, resolved: ResolvedEpoch } | null => {
    for (const resolved of candidates(membership)) {
      if (closed.has(resolved.operation) || (resolved.rotation !== null && !exact.has(resolved.operation))) continue
      const epoch = resolved.epochId === null ? firstEpoch(epochs, membership) : epochs.get(resolved.epochId)
      if (epoch?.messageKey != null) return { epoch, resolved }
    }
    return null
  }

  /**
   * RULE: what may be sent in says which epoch is the newest: by rotations that nobody sends in, a member could outdate the epoch of all others.
   * Where all have to rotate first, it is the deepest that this device has the key of.
   */
  const depthOf = (membership: Membership): number => {
    if (deepest?.membership !== membership) {
      const held = (): number => Math.max(0, ...membership.epochs.flatMap(({ epochId, depth }) => epochId !== null && epochs.has(epochId) ? [depth] : []))
      deepest = { membership, depth: newest(membership)?.resolved.depth ?? held() }
    }
    return deepest.depth
  }

  return {
    get: (id) => epochs.get(id) ?? null,
    all: () => [...epochs.values()],
    add: async (parts) => {
      const epoch = await epochFromSecrets(parts)
      if (keep(epoch) !== null) fresh.add(parts.epochId)
      return epoch !== null
    },
    async learn (rotations) {
      const learned: Epoch[] = []
      for (const rotation of rotations) {
        const others = seen.get(rotation.epochId) ?? []
        if (!others.includes(rotation)) seen.set(rotation.epochId, [...others, rotation])
        fresh.add(rotation.epochId)
        if (epochs.get(rotation.epochId)?.messageKey != null) continue
        const epoch = keep(await openWrap(rotation))
        if (epoch !== null) learned.push(epoch)
      }
      // From each epoch that is known back to those before it, as far as it goes.
      const waiting = [...fresh]
      fresh.clear()
      for (let later = waiting.pop(); later !== undefined; later = waiting.pop()) {
        for (const rotation of seen.get(later) ?? []) {
          const epoch = epochs.get(later)
          if (epoch === undefined || epochs.get(rotation.previous)?.messageKey != null) continue
          const previous = keep(await openPrevious(rotation, epoch))
          if (previous === null) continue
          learned.push(previous)
          waiting.push(previous.epochId)
        }
      }
      return learned
    },
    async judge (membership) {
      const fitting = new Set<EnvelopeId>()
      const newest = candidates(membership)
      closed = new Set(newest.filter((epoch) => !isReadByAll(membership, epoch)).map(({ operation }) => operation))
      for (const { rotation, operation, recipients } of newest) {
        if (rotation !== null && toHex(await computeRecipients(recipients)) === toHex(rotation.recipients)) fitting.add(operation)
      }
      exact = fitting
      deepest = null
    },
    forSending: (membership) => newest(membership)?.epoch ?? null,
    isOutdated (membership, id) {
      const epoch = membership.epochs.findLast(({ epochId }) => epochId === id)
      return epoch !== undefined && epoch.depth < depthOf(membership) - 1
    },
    isWorn (membership, at, countEntries) {
      const used = newest(membership)
      return used !== null && (at - used.resolved.startedAt > EPOCH_MAX_AGE_MS || countEntries(used.epoch.epochId) >= EPOCH_MAX_ENTRIES)
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
        previousMessageSecret: await sealSecret(epoch.messageKey, previous.parts.messageSecret ?? previous.parts.messageCommitment)
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
  if (logSecret === null) return null
  const opened = await openSecret(later.messageKey, rotation.previousMessageSecret)
  const parts = { epochId: rotation.previous, logSecret }
  if (opened === null) return null
  const commitment = new Uint8Array(await crypto.subtle.digest('SHA-256', opened))
  return await epochFromSecrets({ ...parts, messageSecret: opened, messageCommitment: commitment }) ??
    // Behind a history barrier: the operations can be read, the messages cannot.
    await epochFromSecrets({ ...parts, messageSecret: null, messageCommitment: opened })
}

/** 32 bytes of secret under a key of the next epoch: 60 bytes. */
async function sealSecret (key: CryptoKey | null, secret: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  if (key === null) throw new Error('a fresh epoch has both keys')
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  return concat(iv, new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, secret)))
}

async function openSecret (key: CryptoKey | null, sealed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | null> {
  if (key === null) return null
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: sealed.slice(0, NONCE_BYTES) }, key, sealed.slice(NONCE_BYTES)))
  } catch {
    return null
  }
}
