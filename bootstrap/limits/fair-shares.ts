/**
 * Counts what parties (accounts, addresses) have in a place that all of them share, and says what has to go when it is full: the oldest of the party
 * that has the most. So nobody loses anything to somebody who fills the place. Keeps no index: who adds an item finds it and drops it.
 *
 * @example
 * const shares = createFairShares<Proof>({ max: 100_000, maxPerParty: 5000, onEvict: (proof) => proofs.delete(proof.key) })
 * shares.add({ party: account, key })
 */
import { createCrowd, type Crowd } from './crowd.ts'

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

/** @param onEvict hears what has gone; `party`: above the party's own bound, `all`: above that of all together */
export function createFairShares<Item extends Held> ({ max, maxPerParty, onEvict }: {
  max: number
  maxPerParty: number
  onEvict: (item: Item, above: 'party' | 'all') => void
}): FairShares<Item> {
  let crowd = createParties<Item>()
  const evict = (item: Item | null | undefined, above: 'party' | 'all'): void => {
    if (item == null) return
    crowd.delete(item)
    onEvict(item, above)
  }

  return {
    remove: (item) => crowd.delete(item),
    add (item) {
      crowd.delete(item)
      crowd.add(item, item.party)
      const mine = crowd.of(item.party)
      if (mine.size > maxPerParty) evict(mine.values().next().value, 'party')
      if (crowd.size > max) evict(crowd.ofMost('oldest'), 'all')
    },
    of: (party) => crowd.of(party),
    clear () { crowd = createParties() },
    get size () { return crowd.size }
  }
}

const createParties = <Item extends Held>(): Crowd<Item> => createCrowd((party) => [{ key: party, scale: 1 }])
