/**
 * Knows who shares a bounded place, and who has to make room when it is full: the address that holds the most. So one that holds little always
 * gets in, however many hold much. Networks count as in `address-keys.ts`: what a /48 holds is divided by what it has more room for.
 *
 * @example
 * const crowd = createCrowd<Socket>()
 * crowd.add(socket, '192.0.2.1')
 * if (crowd.size > max) crowd.ofMost('newest')?.destroy()
 */
import { addressKeys, type AddressKey } from './address-keys.ts'

export interface Crowd<Member> {
  readonly size: number
  /** Adds a member, or counts it for another address from now on. */
  add(member: Member, address: string): void
  /** What an address holds, oldest first. */
  of(address: string): ReadonlySet<Member>
  /** Idempotent. */
  delete(member: Member): void
  /** Finds the oldest or the newest member of the address or network that holds the most; null when there is no member. */
  ofMost(which: 'oldest' | 'newest'): Member | null
}

interface Group<Member> { key: string, scale: number, members: Set<Member> }

/** @param keysOf the groups that an address counts for, the smallest first; other parties than addresses have one */
export function createCrowd<Member> (keysOf: (address: string) => AddressKey[] = addressKeys): Crowd<Member> {
  const groups = new Map<string, Group<Member>>()
  const groupsOf = new Map<Member, Group<Member>[]>()
  // Groups by how much they hold for their size. A change moves a group by one level at most, so the highest one is known without a search.
  const levels = new Map<number, Set<Group<Member>>>()
  let highest = 0

  const levelOf = ({ members, scale }: Group<Member>): number => Math.ceil(members.size / scale)
  const change = (group: Group<Member>, by: () => void): void => {
    const before = levelOf(group)
    by()
    const after = levelOf(group)
    if (before === after) return
    levels.get(before)?.delete(group)
    if (levels.get(before)?.size === 0) levels.delete(before)
    if (after > 0) {
      const level = levels.get(after) ?? new Set()
      levels.set(after, level.add(group))
    }
    if (after > highest || !levels.has(highest)) highest = after
  }
  const leave = (member: Member): void => {
    for (const group of groupsOf.get(member) ?? []) {
      change(group, () => group.members.delete(member))
      if (group.members.size === 0) groups.delete(group.key)
    }
    groupsOf.delete(member)
  }

  return {
    get size () { return groupsOf.size },
    add (member, address) {
      const keys = keysOf(address)
      if (groupsOf.get(member)?.[0]?.key === keys[0]?.key) return
      leave(member)
      const joined = keys.map(({ key, scale }) => {
        const group = groups.get(key) ?? { key, scale, members: new Set() }
        groups.set(key, group)
        change(group, () => group.members.add(member))
        return group
      })
      groupsOf.set(member, joined)
    },
    of: (address) => groups.get(keysOf(address)[0]?.key ?? '')?.members ?? new Set(),
    delete: leave,
    ofMost (which) {
      const [most] = levels.get(highest) ?? []
      if (most === undefined) return null
      const [oldest = null] = most.members
      return which === 'oldest' ? oldest : [...most.members].at(-1) ?? null
    }
  }
}
