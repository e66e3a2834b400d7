/** Which devices have proven access to which rooms: who may publish on a room's topic through the node. */
import type { AccountId, DeviceKey, RoomTag } from '#shared/ids.ts'
import { createFairShares, type Held } from '../limits/fair-shares.ts'
import type { Limiter } from '../limits/index.ts'

/** A proof shows that a device holds a key of the room, which it does not lose by disconnecting; a day bounds the memory. */
const PROOF_TTL_MS = 24 * 3_600_000
/** Gossip may overtake the proof that a client sends when it connects: it is held up this long. */
const WAIT_MS = 3000

export interface Admission {
  /** RULE: a proof takes a place of its account, so that no account makes the node forget what others have proven. */
  admit(device: DeviceKey, account: AccountId, roomTag: RoomTag): void
  /** Whether a proof is here now. */
  has(device: DeviceKey, roomTag: RoomTag): boolean
  /** Waits a moment for a proof that is on its way. What is above the device's, the account's or the node's limit does not wait: sync brings it. */
  isAdmitted(device: DeviceKey, account: AccountId, roomTag: RoomTag): Promise<boolean>
}

interface Proof extends Held { key: string, at: number }

/** @param elapsed ms that have really passed: a clock that jumps takes no proof from anybody, and makes none last */
export function createAdmission ({ limiter, elapsed, waitMs = WAIT_MS }: { limiter: Limiter, elapsed: () => number, waitMs?: number | undefined }): Admission {
  const proofs = new Map<string, Proof>()
  const shares = createFairShares<Proof>({
    max: limiter.max('room-proofs'), maxPerParty: limiter.max('room-proofs-of-account'),
    onEvict ({ key }, above) {
      proofs.delete(key)
      limiter.refuse(above === 'party' ? 'room-proofs-of-account' : 'room-proofs')
    }
  })
  const waiting = new Map<string, Set<(admitted: boolean) => void>>()
  const keyOf = (device: DeviceKey, roomTag: RoomTag): string => `${device}/${roomTag}`
  const has = (device: DeviceKey, roomTag: RoomTag): boolean => elapsed() - (proofs.get(keyOf(device, roomTag))?.at ?? -Infinity) < PROOF_TTL_MS

  /** RULE: what waits is counted for the device, its account and the node, in this order, so that no device takes the places of others. */
  const holdPlaces = (device: DeviceKey, account: AccountId): (() => void) | null =>
    limiter.holdAll([['gossip-waiting', device], ['gossip-waiting-of-account', account], ['gossip-waiting-in-all', '']])

  return {
    has,
    admit (device, account, roomTag) {
      const key = keyOf(device, roomTag)
      const before = proofs.get(key)
      if (before !== undefined) shares.remove(before)
      const proof = { party: account, key, at: elapsed() }
      proofs.set(key, proof)
      shares.add(proof)
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
