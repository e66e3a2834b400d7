import { describe, expect, it } from 'vitest'
import type { DeviceKey, DevTag, EnvelopeId, UserKey } from '#shared/ids.ts'
import type { LogRange } from '#shared/wire/sync/replica.ts'
import { describeMembers, type KnownVector } from './members.ts'
import type { Membership, ResolvedMember } from '../membership/resolve.ts'

const device = (name: string): DeviceKey => `${name}-device` as DeviceKey
const logOf = (name: string): DevTag => `${name}-log` as DevTag

function person (name: string, role: 'owner' | 'member'): ResolvedMember {
  return { user: name as UserKey, name, role, devices: new Map([[device(name), {} as never]]), admittedBy: '' as EnvelopeId, invitedBy: null }
}

const people = [person('Alice', 'owner'), person('Bob', 'member'), person('Carol', 'member')]
const membership = {
  mutes: new Map(),
  order: people.map(({ user }) => user),
  members: new Map(people.map((one) => [one.user, one])),
  authors: new Map(people.map(({ user, name }) => [logOf(name), { user, name, device: device(name) }])),
  memberOf: (key: DeviceKey) => people.find(({ devices }) => devices.has(key)) ?? null
} as unknown as Membership

const upTo = (positions: Record<string, number>): KnownVector =>
  new Map(Object.entries(positions).map(([name, to]): [DevTag, readonly LogRange[]] => [logOf(name), [{ from: 1, to }]]))

/** What Alice sees of Bob, who said at the last exchange that he holds `bobs`; she held `compared` then. */
function lacksOfBob (mine: KnownVector, bobs: KnownVector | null, compared = mine): number | null | undefined {
  const seen = describeMembers({
    membership, mine, naming: { of: (user) => ({ text: user, mark: null }), ofClaim: (user) => ({ text: user, mark: null }) },
    myDevice: device('Alice'), links: new Map(), present: new Set(), lastSeen: new Map(), disagreeing: new Map(), laws: new Map(), copied: new Map(),
    vectors: new Map(bobs === null ? [] : [[device('Bob'), { held: bobs, mine: compared }]])
  })
  return seen.find(({ name }) => name === 'Bob')?.lacks
}

describe('what a member still lacks', () => {
  it('is unknown before the first exchange', () => {
    expect(lacksOfBob(upTo({ Alice: 3 }), null)).toBeNull()
  })

  it('is what others wrote and Bob has not acknowledged', () => {
    expect(lacksOfBob(upTo({ Alice: 5, Bob: 2, Carol: 4 }), upTo({ Alice: 3, Bob: 2 }))).toBe(6)
  })

  it('is never what Bob wrote himself, though he does not acknowledge it', () => {
    expect(lacksOfBob(upTo({ Alice: 5, Bob: 9 }), upTo({ Alice: 5, Bob: 2 }))).toBe(0)
  })

  it('is not what others wrote since, which he acknowledges to them alone', () => {
    expect(lacksOfBob(upTo({ Alice: 5, Carol: 9 }), upTo({ Alice: 4, Carol: 4 }), upTo({ Alice: 1, Carol: 4 }))).toBe(1)
  })
})
