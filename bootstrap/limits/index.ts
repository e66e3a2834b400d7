/**
 * Keeps the limits of `table.ts`: one limiter for HTTP, raw connections, libp2p streams and the mailbox, so that a subject has one account
 * of what it used whatever way it came, and refusals are counted in one place.
 *
 * Flow: boundary → `take` or `hold` with the subject's key → work, or a refusal that is counted under the limit's name.
 *
 * @example
 * const limiter = createLimiter()
 * if (!limiter.take('device-calls', deviceId)) throw new ParleyError('rate-limited')
 * const release = limiter.hold('sockets', address)
 * if (release === null) socket.destroy()
 */
import { createTokenBuckets, type TokenBuckets } from '#shared/token-bucket.ts'
import { addressKeys, type AddressKey } from './address-keys.ts'
import { LIMITS, type HeldName, type LimitEntry, type LimitName, type RateName } from './table.ts'

export { LIMITS, type HeldName, type LimitName, type RateName } from './table.ts'

/** Other numbers for some limits: for tests, and for what the environment sets. */
export type LimitChanges = Partial<Record<LimitName, { burst?: number, perSecond?: number, max?: number }>>

/** Keys of a limit with the subject `address` are an address, or `<something> <address>`: then each something has limits of its own. */
export interface Limiter {
  /** Takes `cost` units for a subject. False when that is above the limit: then nothing is taken, and the refusal is counted. */
  take(limit: RateName, key: string, cost?: number): boolean
  /** Returns units that were taken for work that was then not done. */
  giveBack(limit: RateName, key: string, cost?: number): void
  /** Milliseconds until `take` would succeed. */
  waitMs(limit: RateName, key: string, cost?: number): number
  /** Holds one place until the returned function is called (idempotent); null when none is free, which is counted. */
  hold(limit: HeldName, key: string): (() => void) | null
  /** Holds a place of each, in this order, or none at all: null when one is refused, which is counted. */
  holdAll(places: readonly (readonly [limit: HeldName, key: string])[]): (() => void) | null
  /** The largest value of a `held` or `size` limit. */
  max(limit: Exclude<LimitName, RateName>): number
  /** Counts a refusal that was decided elsewhere by this limit. */
  refuse(limit: LimitName): void
  /** Refusals since the start, by limit. */
  readonly refusals: ReadonlyMap<LimitName, number>
}

export function createLimiter ({ changes = {}, now }: { changes?: LimitChanges, /** Unix ms. */ now?: () => number } = {}): Limiter {
  const table = Object.fromEntries(Object.entries(LIMITS).map(([name, entry]) => [name, { ...entry, ...changes[name as LimitName] }])) as
    Record<LimitName, LimitEntry>
  const buckets = new Map<LimitName, TokenBuckets<string>>()
  const places = new Map<string, number>()
  const refusals = new Map<LimitName, number>()

  const keysOf = (limit: LimitName, key: string): AddressKey[] => {
    if (table[limit].subject !== 'address') return [{ key, scale: 1 }]
    const at = key.lastIndexOf(' ') + 1
    return addressKeys(key.slice(at)).map(({ key: of, scale }) => ({ key: key.slice(0, at) + of, scale }))
  }
  const bucketsOf = (limit: RateName): TokenBuckets<string> => {
    const known = buckets.get(limit)
    if (known !== undefined) return known
    const entry = table[limit]
    if (entry.kind !== 'rate') throw new TypeError(`${limit} is no rate`)
    const made = createTokenBuckets<string>(entry, now === undefined ? {} : { now })
    buckets.set(limit, made)
    return made
  }
  const refuse = (limit: LimitName): void => { refusals.set(limit, (refusals.get(limit) ?? 0) + 1) }
  const waitMs = (limit: RateName, key: string, cost = 1): number =>
    Math.max(...keysOf(limit, key).map(({ key: of, scale }) => bucketsOf(limit).waitMs(of, cost, scale)))
  const max = (limit: LimitName): number => {
    const entry = table[limit]
    if (entry.kind === 'rate') throw new TypeError(`${limit} is a rate`)
    return entry.max
  }

  const hold = (limit: HeldName, key: string): (() => void) | null => {
    const held = keysOf(limit, key).map(({ key: of, scale }) => ({ id: `${limit} ${of}`, max: max(limit) * scale }))
    if (held.some(({ id, max: most }) => (places.get(id) ?? 0) >= most)) {
      refuse(limit)
      return null
    }
    for (const { id } of held) places.set(id, (places.get(id) ?? 0) + 1)
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      for (const { id } of held) {
        const left = (places.get(id) ?? 1) - 1
        if (left === 0) places.delete(id)
        else places.set(id, left)
      }
    }
  }

  return {
    waitMs,
    take (limit, key, cost = 1) {
      if (waitMs(limit, key, cost) > 0) {
        refuse(limit)
        return false
      }
      for (const { key: of, scale } of keysOf(limit, key)) bucketsOf(limit).take(of, cost, scale)
      return true
    },
    giveBack (limit, key, cost = 1) {
      for (const { key: of, scale } of keysOf(limit, key)) bucketsOf(limit).giveBack(of, cost, scale)
    },
    hold,
    holdAll (wanted) {
      const held: (() => void)[] = []
      const release = (): void => { for (const free of held) free() }
      for (const [limit, key] of wanted) {
        const free = hold(limit, key)
        if (free === null) {
          release()
          return null
        }
        held.push(free)
      }
      return release
    },
    max,
    refuse,
    refusals
  }
}
