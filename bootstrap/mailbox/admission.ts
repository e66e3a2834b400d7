/** Which devices have proven access to which rooms: who may publish on a room's topic through the node. */
import type { AccountId, DeviceKey, RoomTag } from '#shared/ids.ts'
import type { Limiter } from '../limits/index.ts'

/** A proof shows that a device holds a key of the room, which it does not lose by disconnecting; a day bounds the memory. */
const PROOF_TTL_MS = 24 * 3_600_000
/** Gossip may overtake the proof that a client sends when it connects: it is held up this long. */
const WAIT_MS = 3000
const PROOFS_MAX = 100_000

export interface Admission {
  admit(device: DeviceKey, roomTag: RoomTag): void
  /** Whether a proof is here now. */
  has(device: DeviceKey, roomTag: RoomTag): boolean
  /** Waits a moment for a proof that is on its way. What is above the device's, the account's or the node's limit does not wait: sync brings it. */
  isAdmitted(device: DeviceKey, account: AccountId, roomTag: RoomTag): Promise<boolean>
}

export function createAdmission ({ limiter, now, waitMs = WAIT_MS }: { limiter: Limiter, now: () => number, waitMs?: number | undefined }): Admission {
  const proofs = new Map<string, number>()
  const waiting = new Map<string, Set<(admitted: boolean) => void>>()
  const keyOf = (device: DeviceKey, roomTag: RoomTag): string => `${device}/${roomTag}`
  const has = (device: DeviceKey, roomTag: RoomTag): boolean => now() - (proofs.get(keyOf(device, roomTag)) ?? -Infinity) < PROOF_TTL_MS

  /** RULE: what waits is counted for the device, its account and the node, in this order, so that no device takes the places of others. */
  const holdPlaces = (device: DeviceKey, account: AccountId): (() => void) | null =>
    limiter.holdAll([['gossip-waiting', device], ['gossip-waiting-of-account', account], ['gossip-waiting-in-all', '']])

  return {
    has,
    admit (device, roomTag) {
      const key = keyOf(device, roomTag)
      proofs.delete(key)
      proofs.set(key, now())
      const [oldest] = proofs.keys()
      if (proofs.size > PROOFS_MAX && oldest !== undefined) proofs.delete(oldest)
      for (const resume of waiting.get(key) ?? []) resume(true)
    },
    async isAdmitted (device, account, roomTag) {
      if (has(device, roomTag)) return true
      const key = keyOf(device, roomTag)
      const release = holdPlaces(device, account)
      if (release === null) return false
      const { promise, resolve } = Promise.withResolvers<boolean>()
      const group = waiting.get(key) ?? new Set()
      waiting.set(key, group.add(resolve))
      const timer = setTimeout(() => resolve(false), waitMs)
      try {
        return await promise
      } finally {
        clearTimeout(timer)
        release()
        group.delete(resolve)
        if (group.size === 0) waiting.delete(key)
      }
    }
  }
}
