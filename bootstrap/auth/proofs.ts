/**
 * Remembers used proofs, so that none is accepted twice. In memory: reading and refreshing need no write, and go on with a full disk. What a
 * restart forgets is made worthless by the nonce (RFC 9449 section 8): it is new with each start, and proofs have to repeat it.
 */
import { randomBytes } from 'node:crypto'

/** What several nodes would share; then the nonce outlives a process. */
export interface Proofs {
  /** What a proof has to repeat. */
  nonce(): string
  /** Counts a proof as used. `full`: so many are remembered that this one cannot be; it must be refused as well. */
  use(id: string, expiresAt: number): Promise<'fresh' | 'used' | 'full'>
  /**
   * Changes the nonce, so that no proof of before is taken, and forgets them all: after a jump of the clock they would be of another time, and be kept
   * until that comes.
   */
  renew(): void
  /** Forgets proofs that have become too old to be accepted. */
  purge(now: number): Promise<void>
}

/** A flood must not pay for looking through all of them with each call. */
const PURGE_EVERY_MS = 1000

const makeNonce = (): string => randomBytes(16).toString('base64url')

/** @param max proofs that are remembered at a time; none is forgotten before its time, or a flood would make room for a replay */
export function createProofs ({ max, now }: { max: number, now: () => number }): Proofs {
  let nonce = makeNonce()
  const used = new Map<string, number>()
  let purgedAt = -Infinity
  const purge = (at: number): void => {
    purgedAt = at
    for (const [id, expiresAt] of used) if (expiresAt <= at) used.delete(id)
  }
  return {
    nonce: () => nonce,
    use (id, expiresAt) {
      if (used.size >= max && Math.abs(now() - purgedAt) > PURGE_EVERY_MS) purge(now())
      if (used.has(id)) return Promise.resolve('used')
      if (used.size >= max) return Promise.resolve('full')
      used.set(id, expiresAt)
      return Promise.resolve('fresh')
    },
    renew () {
      nonce = makeNonce()
      used.clear()
    },
    purge (at) {
      purge(at)
      return Promise.resolve()
    }
  }
}
