/**
 * Remembers used proofs, so that none is accepted twice. In memory: reading and refreshing need no write, and go on with a full disk. What a
 * restart forgets is made worthless by the nonce (RFC 9449 section 8): it is new with each start, and proofs have to repeat it.
 */
import { randomBytes } from 'node:crypto'
import { createFairShares } from '../limits/fair-shares.ts'

/** What several nodes would share; then the nonce outlives a process. */
export interface Proofs {
  /** What a proof has to repeat. */
  nonce(): string
  /** Counts a proof as used. `full`: this one cannot be remembered, so it must be refused as well. */
  use(proof: UsedProof): Promise<'fresh' | 'used' | 'full'>
  /**
   * Changes the nonce, so that no proof of before is taken, and forgets them all: after a jump of the clock they would be of another time, and be kept
   * until that comes.
   */
  renew(): void
  /** Forgets proofs that have become too old to be accepted. */
  purge(now: number): Promise<void>
}

export interface UsedProof {
  /** Thumbprint of the key that made it. */
  device: string
  jti: string
  /** Who is to answer for it: an account, or an address before there is one. */
  party: string
  expiresAt: number
}

export interface ProofsOptions {
  /** Proofs that are remembered at a time, of all. */
  max: number
  maxPerParty: number
  maxPerDevice: number
  now: () => number
  /** Counts a proof that was refused, or forgotten to make place. */
  refuse?: (limit: 'proofs' | 'proofs-of-device' | 'proofs-of-account') => void
}

/** A flood must not pay for looking through all of them with each call. */
const PURGE_EVERY_MS = 1000

type Remembered = Readonly<UsedProof>

const makeNonce = (): string => randomBytes(16).toString('base64url')

/**
 * RULE: a proof that is forgotten before its time is never accepted again. When all places are taken, the party with the most loses its oldest one,
 * and from then on no proof of this party is taken that is as old as that.
 */
export function createProofs ({ max, maxPerParty, maxPerDevice, now, refuse = () => {} }: ProofsOptions): Proofs {
  let nonce = makeNonce()
  const used = new Map<string, Remembered>()
  const devices = new Map<string, number>()
  /** By party: proofs that expire no later than this are refused. */
  const floors = new Map<string, number>()
  let purgedAt = -Infinity

  const keyOf = ({ device, jti }: Pick<UsedProof, 'device' | 'jti'>): string => `${device}.${jti}`
  const forget = (proof: Remembered): void => {
    used.delete(keyOf(proof))
    const left = (devices.get(proof.device) ?? 1) - 1
    if (left === 0) devices.delete(proof.device)
    else devices.set(proof.device, left)
  }
  const shares = createFairShares<Remembered>({
    max, maxPerParty,
    onEvict (proof) {
      forget(proof)
      refuse('proofs')
      floors.set(proof.party, Math.max(floors.get(proof.party) ?? 0, proof.expiresAt))
    }
  })
  const purgeAmong = (proofs: Iterable<Remembered>, at: number): void => {
    for (const proof of proofs) {
      if (proof.expiresAt > at) continue
      shares.remove(proof)
      forget(proof)
    }
  }
  const purge = (at: number): void => {
    purgedAt = at
    purgeAmong(used.values(), at)
    for (const [party, floor] of floors) if (floor <= at) floors.delete(party)
  }
  const boundOf = ({ device, party }: UsedProof): 'proofs-of-device' | 'proofs-of-account' | null =>
    (devices.get(device) ?? 0) >= maxPerDevice ? 'proofs-of-device' : shares.of(party).size >= maxPerParty ? 'proofs-of-account' : null

  return {
    nonce: () => nonce,
    use (proof) {
      const mayPurge = Math.abs(now() - purgedAt) > PURGE_EVERY_MS
      if (mayPurge && (shares.size >= max || boundOf(proof) !== null)) purge(now())
      if (used.has(keyOf(proof))) return Promise.resolve('used')
      const reached = boundOf(proof) ?? (proof.expiresAt <= (floors.get(proof.party) ?? 0) ? 'proofs' : null)
      if (reached !== null) {
        refuse(reached)
        return Promise.resolve('full')
      }
      const remembered = { ...proof }
      used.set(keyOf(proof), remembered)
      devices.set(proof.device, (devices.get(proof.device) ?? 0) + 1)
      shares.add(remembered)
      return Promise.resolve('fresh')
    },
    renew () {
      nonce = makeNonce()
      used.clear()
      devices.clear()
      floors.clear()
      shares.clear()
    },
    purge (at) {
      purge(at)
      return Promise.resolve()
    }
  }
}
