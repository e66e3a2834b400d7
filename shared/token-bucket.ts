/** Token buckets by key: the rate limit that the node and every client use at their boundaries. */

export interface Rate {
  /** Units that may be taken at once; a bucket starts full. */
  burst: number
  /** Units that come back per second. */
  perSecond: number
}

export interface TokenBuckets<Key> {
  /**
   * Takes `cost` units from the bucket of `key` and returns true, or leaves it as it is and returns false.
   * `scale` multiplies burst and rate, for keys that stand for many at once (a whole network).
   */
  take(key: Key, cost?: number, scale?: number): boolean
  /** Returns units that were taken for work that was then not done. A bucket never holds more than its burst. */
  giveBack(key: Key, cost?: number, scale?: number): void
  /** Milliseconds until `take` with the same arguments would succeed; 0 when it would now. */
  waitMs(key: Key, cost?: number, scale?: number): number
  /** Forgets a key, for example when its owner has left. */
  delete(key: Key): void
  /** Keys with a bucket that is not full. */
  readonly size: number
}

/** About 100 bytes each: 5 MB at most. Raise it when a node has more than this many active addresses at once. */
const KEYS_MAX = 50_000

interface Bucket { left: number, countedAt: number }

/**
 * A full bucket says the same as none, so only full ones are dropped: no flood of other keys makes the limiter forget one that is used up.
 * When `maxKeys` are in use at once, keys that have no bucket yet share one.
 */
export function createTokenBuckets<Key> ({ burst, perSecond }: Rate, { now = Date.now, maxKeys = KEYS_MAX }: {
  /** Unix ms. */
  now?: () => number
  maxKeys?: number
} = {}): TokenBuckets<Key> {
  const buckets = new Map<Key, Bucket>()
  const overflow: Bucket = { left: burst, countedAt: now() }
  let sweptAt = -Infinity

  const refill = (bucket: Bucket, scale: number): Bucket => {
    const at = now()
    // A clock that was set back gives nothing and takes nothing.
    bucket.left = Math.min(burst * scale, bucket.left + Math.max(0, at - bucket.countedAt) / 1000 * perSecond * scale)
    bucket.countedAt = at
    return bucket
  }

  const sweep = (): void => {
    if (now() - sweptAt < 1000) return
    sweptAt = now()
    // Judged at scale 1, which refills most slowly: a scaled bucket is at worst kept a little longer.
    for (const [key, bucket] of buckets) if (bucket.left + (now() - bucket.countedAt) / 1000 * perSecond >= burst) buckets.delete(key)
  }

  const bucketOf = (key: Key, scale: number): Bucket => {
    const known = buckets.get(key)
    if (known !== undefined) return refill(known, scale)
    if (buckets.size >= maxKeys) sweep()
    if (buckets.size >= maxKeys) return refill(overflow, scale)
    return { left: burst * scale, countedAt: now() }
  }

  return {
    take (key, cost = 1, scale = 1) {
      const bucket = bucketOf(key, scale)
      if (bucket.left < cost) return false
      bucket.left -= cost
      if (bucket !== overflow) buckets.set(key, bucket)
      return true
    },
    giveBack (key, cost = 1, scale = 1) {
      const bucket = bucketOf(key, scale)
      bucket.left = Math.min(burst * scale, bucket.left + cost)
    },
    waitMs (key, cost = 1, scale = 1) {
      const missing = cost - bucketOf(key, scale).left
      return missing <= 0 ? 0 : Math.ceil(missing / (perSecond * scale) * 1000)
    },
    delete: (key) => { buckets.delete(key) },
    get size () { return buckets.size }
  }
}
