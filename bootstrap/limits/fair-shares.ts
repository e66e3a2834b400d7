/**
 * Counts what parties (accounts, addresses) have in a place that all of them share, and says what has to go when it is full: the oldest of the party
 * that has the most. So nobody loses anything to somebody who fills the place. Keeps no index: who adds an item finds it and drops it.
 *
 * @example
 * const shares = createFairShares<Proof>({ max: 100_000, maxPerParty: 5000, onEvict: (proof) => proofs.delete(proof.key) })
 * shares.add({ party: account, key })
 */

/** The same object stands for the item from `add` until it is removed or evicted. */
export interface Held { readonly party: string }

export interface FairShares<Item extends Held> {
  /** Counts an item as the newest of its party, also one that is there, and evicts what is then above a bound. */
  add(item: Item): void
  /** Does nothing for an item that is not there. */
  remove(item: Item): void
  /** What a party has, oldest first. */
  of(party: string): ReadonlySet<Item>
  clear(): void
  readonly size: number
}

const NOTHING: ReadonlySet<never> = new Set()

/** @param onEvict hears what has gone; `party`: above the party's own bound, `all`: above that of all together */
export function createFairShares<Item extends Held> ({ max, maxPerParty, onEvict }: {
  max: number
  maxPerParty: number
  onEvict: (item: Item, above: 'party' | 'all') => void
}): FairShares<Item> {
  const shares = new Map<string, Set<Item>>()
  /** Parties by how many items they have. Each step is by one, so the largest number is at hand without looking for it. */
  const parties = new Map<number, Set<string>>()
  let size = 0
  let most = 0

  const move = (party: string, from: number, to: number): void => {
    const left = parties.get(from)
    left?.delete(party)
    if (left?.size === 0) parties.delete(from)
    if (to > 0) parties.set(to, (parties.get(to) ?? new Set()).add(party))
    if (to > most || !parties.has(most)) most = to
    size += to - from
  }
  const remove = (item: Item): void => {
    const share = shares.get(item.party)
    if (share?.delete(item) !== true) return
    move(item.party, share.size + 1, share.size)
    if (share.size === 0) shares.delete(item.party)
  }
  const evict = (party: string | undefined, above: 'party' | 'all'): void => {
    const [oldest] = shares.get(party ?? '') ?? []
    if (oldest === undefined) return
    remove(oldest)
    onEvict(oldest, above)
  }

  return {
    remove,
    add (item) {
      const share = shares.get(item.party) ?? new Set<Item>()
      shares.set(item.party, share)
      if (share.delete(item)) {
        share.add(item)
        return
      }
      share.add(item)
      move(item.party, share.size - 1, share.size)
      if (share.size > maxPerParty) evict(item.party, 'party')
      if (size > max) evict(parties.get(most)?.values().next().value, 'all')
    },
    of: (party) => shares.get(party) ?? NOTHING,
    clear () {
      shares.clear()
      parties.clear()
      size = 0
      most = 0
    },
    get size () { return size }
  }
}
