/** By which keys a room is synced, and with whom. */
import { fromHex, toHex, type DeviceKey, type EpochId } from '#shared/ids.ts'
import type { RoomKeys } from '#shared/wire/rendezvous-proof.ts'
import { createMemberAccess, deriveAccessKey, type Access, type AccessKeyPair, type EpochAccess } from '#shared/wire/sync/index.ts'
import type { Epoch } from '../../crypto/index.ts'
import type { RoomRecord } from '../../store/index.ts'
import { memberOf, type Membership, type ResolvedEpoch } from '../membership/resolve.ts'
import type { RoomLog } from './room-log.ts'
import type { Device } from '../../identity/index.ts'

/** Concurrent rotations are few. More would let someone with an old key in for longer. */
const CURRENT_EPOCHS_MAX = 3
/** How long an epoch stays current after the next one was made: long enough for a newcomer whose admission is on its way here. */
const SUPERSEDED_FOR_MS = 24 * 3_600_000

/** The epoch the room began with; before its first operation is known, what was told of it when the room was entered. */
export function firstEpochOf (log: RoomLog, record: RoomRecord): Epoch {
  const begun = log.membership.peek().epochs.find((epoch) => epoch.rotation === null)?.epochId ?? record.firstEpochId ?? null
  const first = begun === null ? null : log.keyring.get(begun)
  if (first === null) throw new Error('a room that was entered has the epoch it began with')
  return first
}

/**
 * Selects the epochs whose key lets in a device that is unknown here, newest first.
 * RULE: an epoch is current only if it follows everything by which a person or a device was put out: no one who is out has its key.
 * @param now Unix ms
 */
export function currentEpochs (membership: Membership, now: number): ResolvedEpoch[] {
  const current: ResolvedEpoch[] = []
  for (const epoch of membership.epochs.toSorted((a, b) => b.depth - a.depth || (a.operation < b.operation ? -1 : 1))) {
    if (membership.departures.findLast((departure) => !membership.isBefore(departure, epoch.operation)) !== undefined) continue
    const next = current.at(-1)
    if (next !== undefined && epoch.depth < (current[0]?.depth ?? 0) && now - next.startedAt > SUPERSEDED_FOR_MS) break
    current.push(epoch)
    if (current.length === CURRENT_EPOCHS_MAX) break
  }
  return current
}

/**
 * Members serve the devices that are in by their own state, whatever those prove, and refuse the ones that were put out. Any other device
 * has to prove a current epoch: a newcomer whose admission is not known here, or another device of a member on its way in.
 */
export async function roomAccess (log: RoomLog, first: () => Epoch, { device, nodeKey, now }: {
  device: Device
  nodeKey: () => Uint8Array | null
  now: () => number
}): Promise<{ access: Access, keys: RoomKeys }> {
  const { epochId, parts } = first()
  const keys = await deriveAccessKey(parts.logSecret)
  const derived = new Map<EpochId, Promise<AccessKeyPair>>([[epochId, Promise.resolve(keys)]])
  const accessOf = async ({ epochId: id, parts: { logSecret } }: Epoch): Promise<EpochAccess> => {
    const known = derived.get(id) ?? deriveAccessKey(logSecret)
    derived.set(id, known)
    return { epochId: id, keys: await known }
  }
  const held = (epochs: readonly ResolvedEpoch[]): Epoch | undefined =>
    epochs.flatMap((epoch) => epoch.epochId === null ? [] : log.keyring.get(epoch.epochId) ?? []).at(0)
  const isNode = (remoteKey: Uint8Array): boolean => {
    const node = nodeKey()
    return node !== null && toHex(node) === toHex(remoteKey)
  }
  /** A member who does not know that this device is in knows no epoch that was made for it, but the one before. */
  const toProve = (): Epoch => {
    const membership = log.membership.peek()
    const current = currentEpochs(membership, now())
    return held(current.filter(({ recipients }) => !recipients.includes(device.key))) ?? held(current) ?? held(membership.epochs.toReversed()) ??
      log.keyring.all().at(-1) ?? first()
  }

  const access = createMemberAccess({
    roomTag: log.roomTag,
    epochId: () => epochId,
    keys,
    localKey: fromHex(device.key),
    decide (remoteKey) {
      if (isNode(remoteKey)) return true
      const remote = toHex(remoteKey) as DeviceKey
      if (memberOf(log.membership.peek(), remote) !== null) return true
      const wasRemoved = [...log.membership.peek().authors.values()].some((author) => author.device === remote)
      return wasRemoved ? false : undefined
    },
    epochs: {
      async toProve (remoteKey, named) {
        // The mailbox knows the room by its first epoch.
        if (isNode(remoteKey)) return { epochId, keys }
        const shared = named === undefined ? null : log.keyring.get(named)
        return await accessOf(shared ?? toProve())
      },
      async toCheck (proven) {
        const epoch = log.keyring.get(proven)
        if (epoch === null) return null
        const membership = log.membership.peek()
        // Before the first operation is known, every key that this device was given is as good.
        const isCurrent = membership.name === null || currentEpochs(membership, now()).some((current) => current.epochId === proven)
        return isCurrent ? (await accessOf(epoch)).keys : null
      }
    }
  })
  return { access, keys: { privateKey: keys.privateKey, publicKey: keys.rawPublicKey } }
}
