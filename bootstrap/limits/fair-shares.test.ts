import { expect, it } from 'vitest'
import { createFairShares, type FairShares, type Held } from './fair-shares.ts'

interface Item extends Held { name: string }

function open (max: number, maxPerParty: number): { shares: FairShares<Item>, put: (party: string, count?: number) => Item[], evicted: string[] } {
  const evicted: string[] = []
  let nth = 0
  const shares = createFairShares<Item>({ max, maxPerParty, onEvict: ({ name }, above) => { evicted.push(`${name} ${above}`) } })
  const put = (party: string, count = 1): Item[] => Array.from({ length: count }, () => {
    const item = { party, name: `${party}${++nth}` }
    shares.add(item)
    return item
  })
  return { shares, put, evicted }
}

it('above its own bound a party loses its oldest, and others nothing', () => {
  const { shares, put, evicted } = open(100, 3)
  put('bob', 2)
  put('mallory', 5)
  expect(evicted).toEqual(['mallory3 party', 'mallory4 party'])
  expect([shares.of('bob').size, shares.of('mallory').size, shares.size]).toEqual([2, 3, 5])
})

it('above the bound of all the party with the most loses its oldest, no matter who comes', () => {
  const { put, evicted } = open(6, 5)
  put('bob', 2)
  put('mallory', 4)
  put('carol', 2)
  expect(evicted).toEqual(['mallory3 all', 'mallory4 all'])
  put('mallory')
  expect(evicted.at(-1)).toMatch(/^(bob|mallory|carol)\d all$/)
})

it('what is added once more is the newest, and what is removed makes place', () => {
  const { shares, put, evicted } = open(100, 2)
  const [first, second] = put('bob', 2) as [Item, Item]
  shares.add(first)
  put('bob')
  expect(evicted).toEqual([`${second.name} party`])
  shares.remove(first)
  shares.remove(first)
  put('bob')
  expect([evicted.length, shares.size]).toEqual([1, 2])
})

it('counts right through ten thousand changes, and never evicts from a party that has less than another', () => {
  const held = new Map<Item, string>()
  const countOf = (party: string): number => [...held.values()].filter((of) => of === party).length
  const shares = createFairShares<Item>({
    max: 60, maxPerParty: 40,
    onEvict (item, above) {
      const mine = countOf(item.party)
      if (above === 'all') for (const party of 'abcde') expect(countOf(party)).toBeLessThanOrEqual(mine)
      held.delete(item)
    }
  })
  let seed = 7
  const random = (below: number): number => (seed = (seed * 1103515245 + 12345) % 2147483648) % below
  for (let nth = 0; nth < 10_000; nth++) {
    if (random(3) === 0 && held.size > 0) {
      const item = [...held.keys()][random(held.size)]
      if (item === undefined) continue
      held.delete(item)
      shares.remove(item)
    } else {
      const party = 'abcde'.charAt(random(random(2) === 0 ? 1 : 5))
      const item = { party, name: String(nth) }
      held.set(item, party)
      shares.add(item)
    }
    expect(shares.size).toBe(held.size)
  }
  for (const party of 'abcde') expect(shares.of(party).size).toBe(countOf(party))
})
