/** Which devices have proven access to which rooms: who may publish on a room's topic through the node. */
import type { DeviceKey, RoomTag } from '#shared/ids.ts'

/** A proof shows that a device holds a key of the room, which it does not lose by disconnecting; a day bounds the memory. */
const PROOF_TTL_MS = 24 * 3_600_000
/** Gossip may overtake the sync that a client starts when it connects: it is held up this long. */
const WAIT_MS = 3000
/** Frames that wait; more are not judged, and sync brings what they carried. */
const WAITING_MAX = 1000
const PROOFS_MAX = 100_000

export interface Admission {
  admit(device: DeviceKey, roomTag: RoomTag): void
  /** Waits a moment for a proof that is on its way. */
  isAdmitted(device: DeviceKey, roomTag: RoomTag): Promise<boolean>
}

export function createAdmission (now: () => number, waitMs = WAIT_MS): Admission {
  const proofs = new Map<string, number>()
  const waiting = new Map<string, Set<(admitted: boolean) => void>>()
  let waiters = 0
  const keyOf = (device: DeviceKey, roomTag: RoomTag): string => `${device}/${roomTag}`

  return {
    admit (device, roomTag) {
      const key = keyOf(device, roomTag)
      proofs.delete(key)
      proofs.set(key, now())
      const [oldest] = proofs.keys()
      if (proofs.size > PROOFS_MAX && oldest !== undefined) proofs.delete(oldest)
      for (const resume of waiting.get(key) ?? []) resume(true)
    },
    async isAdmitted (device, roomTag) {
      const key = keyOf(device, roomTag)
      if (now() - (proofs.get(key) ?? -Infinity) < PROOF_TTL_MS) return true
      if (waiters >= WAITING_MAX) return false
      const { promise, resolve } = Promise.withResolvers<boolean>()
      const group = waiting.get(key) ?? new Set()
      waiting.set(key, group.add(resolve))
      waiters++
      const timer = setTimeout(() => resolve(false), waitMs)
      try {
        return await promise
      } finally {
        clearTimeout(timer)
        waiters--
        group.delete(resolve)
        if (group.size === 0) waiting.delete(key)
      }
    }
  }
}
