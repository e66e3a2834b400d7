/**
 * The epochs of one room that this device has keys of. Learns from rotations, chooses what to send in, makes the next one.
 * Epochs form a DAG like the operations that carry them: there is no leader, and two concurrent rotations are both good until the next.
 */
import { toHex, type DeviceKey, type EnvelopeId, type EpochId } from '#shared/ids.ts'
import { createEpoch, epochFromSecrets, epochFromSeed, unwrapAmong, wrapSeed, type Epoch, type SecretEpochParts } from '../../../crypto/index.ts'
import { createEpochReach, openHanded, openPrevious, sealHanded, sealUnder, type SealedRotation } from './epoch-reach.ts'
import { createEpochTrust, wrapContext } from './epoch-trust.ts'
import { findUnsettled, NOTHING_UNSETTLED, type Unsettled } from './unsettled-epochs.ts'
import { createWaitingEpochs } from './waiting-epochs.ts'
import { isReadByAll } from '../../membership/history.ts'
import { claimsOf } from '../../membership/membership.ts'
import type { ResolvedEpoch, Membership } from '../../membership/resolve.ts'
import { computeRecipients, wrapOrder, type Rotation } from '../../membership/operations.ts'

/** A week, as most people's routine: whoever copied a device's keys reads at most this much more without its members noticing anything. */
const EPOCH_MAX_AGE_MS = 7 * 24 * 3_600_000
/** Far below what AES-GCM with random nonces bears (2^32), and what one leaked key should open. */
const EPOCH_MAX_ENTRIES = 20_000
/** Of the newest epochs, this many are looked at for sending: concurrent rotations are few. */
const CANDIDATES_MAX = 8
/** Accepted epochs that are looked at, among them some that cannot be sent in. */
const ACCEPTED_MAX = 16

export interface Keyring {
  get(id: EpochId): Epoch | null
  all(): Epoch[]
  /** Keeps an epoch that was stored or handed over; false when its secrets do not fit its id. */
  add(parts: SecretEpochParts): Promise<boolean>
  /**
   * Takes whatever this device can open: its wrap, the epoch before, and what is handed over. For reading it does not matter whether a rotation
   * counts or for whom else it is: what opens to the epoch it has committed to is that epoch's key. Answers the epochs that are new.
   * RULE: an epoch that a rotation hands over or leads back to is kept once a known rotation makes it or an entry is sealed in it.
   * @param isUsed whether a known entry is sealed in an epoch
   */
  learn(rotations: readonly SealedRotation[], isUsed: (id: EpochId) => boolean): Promise<Epoch[]>
  /** Whether an epoch was handed over that no known operation makes. */
  isWaiting(id: EpochId): boolean
  /**
   * Finds out which epochs may be sent in. Call when the membership has changed. Returns the epochs whose wraps were checked.
   * @param usedIn the operations that are sealed in each epoch
   */
  judge(membership: Membership, usedIn?: ReadonlyMap<EpochId, readonly EnvelopeId[]>): Promise<Epoch[]>
  /**
   * The newest epoch that is for exactly the members, as far as its author knew, of whom all are still there, and that all who are there now may
   * read; null when the sender has to rotate first.
   */
  forSending(membership: Membership): Epoch | null
  /** The epoch to seal operations in: that to send in, or else the newest that everyone it is for can read. `isSkipping`: a newer one is held that is not. */
  forOperations(membership: Membership): { epoch: Epoch, resolved: ResolvedEpoch, isSkipping: boolean } | null
  /** Whether a rotation is due because of epochs that not everyone they are for can read, and the one that was made for such a reason last. */
  readonly unsettled: Pick<Unsettled, 'isDue' | 'lastMended'>
  /** Whether an epoch was followed by two others: it is older than the one before the newest that may be sent in. False of an epoch that no rotation is known of. */
  isOutdated(membership: Membership, id: EpochId): boolean
  /** Whether the newest epoch has been used for long enough. @param at Unix ms @param countEntries the entries sealed in an epoch so far */
  isWorn(membership: Membership, at: number, countEntries: (epochId: EpochId) => number): boolean
  /** Selects the epoch that a rotation leads back to: the one to seal it in, unless a longer chain is held. */
  toFollow(membership: Membership): Epoch | null
  /**
   * A fresh epoch for `recipients`, following `previous`: without its message secret (null), there is a history barrier. It hands over what the
   * recipients need of the epochs beside.
   */
  rotate(previous: Epoch, recipients: ReadonlyMap<DeviceKey, Uint8Array<ArrayBuffer>>): Promise<{ rotation: Rotation, epoch: Epoch }>
}

export function createKeyring (options: { device: DeviceKey, encryptionKeys: () => readonly CryptoKeyPair[] }): Keyring {
  const epochs = new Map<EpochId, Epoch>()
  /** All rotations that were seen, by the epoch they make. */
  const seen = new Map<EpochId, SealedRotation[]>()
  const sealedIn = new Map<Rotation, EpochId | null>()
  const waitingEpochs = createWaitingEpochs()
  /** Epochs that have come since they were last followed back. */
  const fresh = new Set<EpochId>()
  /** Operations whose recipients were found to be the members. */
  let exact = new Set<EnvelopeId>()
  /** Operations of epochs that some member may not read. */
  let closed = new Set<EnvelopeId>()
  /** Operations of epochs that everyone they are for can read. */
  let accepted = new Set<EnvelopeId>()
  let unsettled: Unsettled = NOTHING_UNSETTLED
  /** The epoch the room began with, where its first operation is known. */
  let firstId: EpochId | null = null
  /** The depth of the newest epoch that counts for a membership. */
  let deepest: { membership: Membership, depth: number } | null = null

  const keep = (epoch: Epoch | null): Epoch | null => {
    if (epoch === null) return null
    const known = epochs.get(epoch.epochId)
    if (known?.messageKey === null || known === undefined) epochs.set(epoch.epochId, epoch)
    deepest = null
    return known === undefined || (known.messageKey === null && epoch.messageKey !== null) ? epoch : null
  }

  const openSeed = async ({ epochId, ephemeral, wraps }: Rotation): Promise<Uint8Array<ArrayBuffer> | null> => {
    // Wraps are in the order of device keys, which are spread evenly.
    const place = Math.floor(Number.parseInt(options.device.slice(0, 8), 16) / 2 ** 32 * wraps.length)
    return await unwrapAmong(options.encryptionKeys(), ephemeral, wraps, wrapContext(epochId), place)
  }
  const trust = createEpochTrust({ device: options.device, openSeed, sealedIn: (rotation) => sealedIn.get(rotation) ?? null })

  const openWrap = async (rotation: Rotation): Promise<Epoch | null> => {
    const seed = await openSeed(rotation)
    const epoch = seed === null ? null : await epochFromSeed(seed, rotation.epochId)
    if (seed === null || epoch?.epochId !== rotation.epochId) return null
    trust.keepSeed(epoch.epochId, seed)
    return epoch
  }

  const heldOf = (membership: Membership, { epochId }: ResolvedEpoch): Epoch | undefined =>
    epochId === null ? firstEpoch(epochs, membership) : epochs.get(epochId)
  const isAccepted = ({ rotation, operation }: ResolvedEpoch): boolean => rotation === null || accepted.has(operation)

  /**
   * RULE: of two epochs the one that stands later is newer, whatever its rotation says that it follows: so one that is made because another is
   * broken replaces that for those, too, who cannot tell.
   */
  const candidates = (membership: Membership): ResolvedEpoch[] => {
    const found: ResolvedEpoch[] = []
    const ids = new Set<EpochId | null>()
    for (const epoch of membership.epochs.toReversed()) {
      if (ids.size === CANDIDATES_MAX) break
      for (const claim of claimsOf(epoch)) {
        if (!claim.isOpen || !isAccepted(claim) || !claim.recipients.every((device) => membership.memberOf(device) !== null)) continue
        found.push(claim)
        ids.add(claim.epochId)
      }
    }
    return found
  }

  const newest = (membership: Membership): { epoch: Epoch, resolved: ResolvedEpoch } | null => {
    for (const resolved of candidates(membership)) {
      if (closed.has(resolved.operation) || (resolved.rotation !== null && !exact.has(resolved.operation))) continue
      const epoch = heldOf(membership, resolved)
      if (epoch?.messageKey != null) return { epoch, resolved }
    }
    return null
  }

  const newestAccepted = (membership: Membership): { epoch: Epoch, resolved: ResolvedEpoch } | null => {
    for (const resolved of membership.epochs.toReversed()) {
      const epoch = claimsOf(resolved).some(isAccepted) ? heldOf(membership, resolved) : undefined
      if (epoch !== undefined) return { epoch, resolved }
    }
    return null
  }
  const accept = async (membership: Membership, isTrusted: (claim: ResolvedEpoch) => Promise<boolean>): Promise<void> => {
    const found = new Set<EnvelopeId>(), ids = new Set<EpochId>(), open = new Set<EpochId>()
    for (const epoch of membership.epochs.toReversed()) {
      for (const claim of claimsOf(epoch)) {
        const { epochId, rotation, operation, isOpen } = claim
        if (rotation === null || epochId === null || !epochs.has(epochId) || !await isTrusted(claim)) continue
        found.add(operation)
        ids.add(epochId)
        if (isOpen) open.add(epochId)
      }
      if (open.size === CANDIDATES_MAX || ids.size === ACCEPTED_MAX) break
    }
    accepted = found
  }
  const reach = createEpochReach({ epochOf: (id) => epochs.get(id), rotationsOf: (id) => seen.get(id) ?? [], firstId: () => firstId })
  const toSealIn = (membership: Membership): ReturnType<typeof newestAccepted> => newest(membership) ?? newestAccepted(membership)

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
      if (parts.wraps !== undefined) trust.know(parts.epochId, parts.wraps)
      if (keep(epoch) !== null) fresh.add(parts.epochId)
      return epoch !== null
    },
    async learn (rotations, isUsed) {
      const learned: Epoch[] = []
      for (const one of rotations) {
        const { rotation } = one
        const others = seen.get(rotation.epochId) ?? []
        if (!sealedIn.has(rotation)) seen.set(rotation.epochId, [...others, one])
        sealedIn.set(rotation, one.sealedIn)
        fresh.add(rotation.epochId)
        if (epochs.get(rotation.epochId)?.messageKey != null) continue
        const epoch = keep(await openWrap(rotation))
        if (epoch !== null) learned.push(epoch)
      }
      // From each epoch that is known back to those before it, as far as it goes.
      const isKnown = (id: EpochId): boolean => seen.has(id) || isUsed(id)
      const waiting = [...fresh]
      fresh.clear()
      const learnFrom = (found: Epoch | null, by: DeviceKey): void => {
        if (found !== null && !isKnown(found.epochId)) waitingEpochs.put(found, by)
        const epoch = found !== null && isKnown(found.epochId) ? keep(found) : null
        if (epoch === null) return
        learned.push(epoch)
        waiting.push(epoch.epochId)
      }
      for (const epoch of waitingEpochs.take(isKnown)) learnFrom(epoch, options.device)
      for (let later = waiting.pop(); later !== undefined; later = waiting.pop()) {
        for (const { rotation, by } of seen.get(later) ?? []) {
          const epoch = epochs.get(later)
          if (epoch === undefined) continue
          for (const parts of await openHanded(epoch.logKey, rotation)) {
            if (!epochs.has(parts.epochId) && parts.epochId.length === later.length) learnFrom(await epochFromSecrets(parts), by)
          }
          if (epochs.get(rotation.previous)?.messageKey == null) learnFrom(await openPrevious(rotation, epoch), by)
        }
      }
      return learned
    },
    isWaiting: (id) => waitingEpochs.has(id),
    async judge (membership, usedIn = new Map()) {
      const judged = trust.in(membership)
      firstId = membership.epochs.find(({ rotation }) => rotation === null)?.epochId ?? null
      await accept(membership, judged.isSound)
      const newestFew = candidates(membership)
      closed = new Set(newestFew.filter((epoch) => !isReadByAll(membership, epoch)).map(({ operation }) => operation))
      const fitting = new Set<EnvelopeId>()
      for (const { rotation, operation, recipients } of newestFew) {
        if (rotation !== null && toHex(await computeRecipients(recipients)) === toHex(rotation.recipients)) fitting.add(operation)
      }
      exact = fitting
      deepest = null
      unsettled = await findUnsettled({
        membership, usedIn, sealing: toSealIn(membership)?.resolved ?? null, isHeld: (id) => epochs.has(id), isAccepted: judged.isAccepted,
        sealedIn: (rotation) => sealedIn.get(rotation) ?? null, reachFrom: async (start) => await reach.from(start)
      })
      return [...judged.found].flatMap(([epochId, wraps]) => {
        const epoch = epochs.get(epochId)
        return epoch === undefined ? [] : [Object.assign(epoch, { parts: { ...epoch.parts, wraps } })]
      })
    },
    forSending: (membership) => newest(membership)?.epoch ?? null,
    forOperations (membership) {
      const chosen = toSealIn(membership)
      if (chosen === null) return null
      const later = membership.epochs.slice(membership.epochs.findIndex(({ epochId }) => epochId === chosen.resolved.epochId) + 1)
      return { ...chosen, isSkipping: later.some((epoch) => heldOf(membership, epoch) !== undefined) }
    },
    get unsettled () { return unsettled },
    toFollow (membership) {
      const chosen = toSealIn(membership)
      let found: { epoch: Epoch | undefined, depth: number } = { epoch: chosen?.epoch, depth: chosen?.resolved.depth ?? -1 }
      for (const resolved of membership.epochs) {
        const epoch = resolved.depth > found.depth ? heldOf(membership, resolved) : undefined
        if (epoch !== undefined) found = { epoch, depth: resolved.depth }
      }
      return found.epoch ?? null
    },
    isOutdated (membership, id) {
      const epoch = membership.epochs.findLast(({ epochId }) => epochId === id)
      return epoch !== undefined && epoch.depth < depthOf(membership) - 1
    },
    isWorn (membership, at, countEntries) {
      const used = newest(membership)
      return used !== null && (at - used.resolved.startedAt > EPOCH_MAX_AGE_MS || countEntries(used.epoch.epochId) >= EPOCH_MAX_ENTRIES)
    },
    async rotate (previous, recipients) {
      const epoch = await createEpoch(previous.epochId)
      const devices = wrapOrder(recipients.keys())
      const keys = devices.flatMap((device) => recipients.get(device) ?? [])
      const { ephemeral, wraps } = await wrapSeed(keys, epoch.seed, wrapContext(epoch.epochId))
      const handed = (await unsettled.toHandOver(previous.epochId)).flatMap((id) => epochs.get(id) ?? [])
      const rotation: Rotation = {
        epochId: epoch.epochId,
        previous: previous.epochId,
        recipients: await computeRecipients(devices),
        ephemeral,
        wraps,
        previousLogSecret: await sealUnder(epoch.logKey, previous.parts.logSecret),
        previousMessageSecret: await sealUnder(epoch.messageKey, previous.parts.messageSecret ?? previous.parts.messageCommitment),
        handed: await sealHanded(epoch.logKey, handed)
      }
      trust.know(epoch.epochId, 'right')
      epoch.parts.wraps = 'right'
      keep(epoch)
      return { rotation, epoch }
    }
  }
}

/** The epoch that no rotation made: the one the room began with. */
function firstEpoch (epochs: ReadonlyMap<EpochId, Epoch>, membership: Membership): Epoch | undefined {
  const rotated = new Set(membership.epochs.map((epoch) => epoch.epochId))
  return [...epochs.values()].find((epoch) => !rotated.has(epoch.epochId))
}
