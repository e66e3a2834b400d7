/**
 * Epochs that rotations hand over or lead back to while no known operation makes them and no known entry is sealed in them.
 * Anyone can make such epochs up, so they stay in memory: they are neither stored nor passed on. An honest one becomes known
 * with the entry that names it.
 */
import type { DeviceKey, EpochId } from '#shared/ids.ts'
import { WAITING_EPOCHS_PER_DEVICE } from '#shared/limits.ts'
import type { Epoch } from '../../../crypto/index.ts'

export interface WaitingEpochs {
  /** Holds an epoch. RULE: a device that hands over more than its share displaces only what it handed over itself. */
  put(epoch: Epoch, by: DeviceKey): void
  has(id: EpochId): boolean
  /** Removes the epochs that are known by now, and returns them. */
  take(isKnown: (id: EpochId) => boolean): Epoch[]
}

export function createWaitingEpochs (): WaitingEpochs {
  const waiting = new Map<EpochId, { epoch: Epoch, by: Set<DeviceKey> }>()
  const shares = new Map<DeviceKey, Set<EpochId>>()

  const drop = (id: EpochId): void => {
    for (const device of waiting.get(id)?.by ?? []) shares.get(device)?.delete(id)
    waiting.delete(id)
  }

  return {
    put (epoch, by) {
      const { epochId } = epoch
      const held = waiting.get(epochId) ?? { epoch, by: new Set() }
      // The one that opens messages too stays.
      waiting.set(epochId, { epoch: held.epoch.messageKey === null ? epoch : held.epoch, by: held.by.add(by) })
      const share = (shares.get(by) ?? new Set()).add(epochId)
      shares.set(by, share)
      for (const oldest of share) {
        if (share.size <= WAITING_EPOCHS_PER_DEVICE) break
        share.delete(oldest)
        const others = waiting.get(oldest)?.by
        others?.delete(by)
        if (others?.size === 0) waiting.delete(oldest)
      }
    },
    has: (id) => waiting.has(id),
    take (isKnown) {
      const known = [...waiting].filter(([id]) => isKnown(id))
      for (const [id] of known) drop(id)
      return known.map(([, { epoch }]) => epoch)
    }
  }
}
