import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import { NO_MEDIA } from './machine.ts'
import { dropLeft, hearOrder, noModeration, whyNotIn, type CallModeration, type CallOrder, type OrderVerdict } from './moderation.ts'
import type { Roster } from './roster.ts'

const RANKS = { mara: 2, mod: 2, bob: 1, carol: 1 } as Record<string, number>
type Name = 'mara' | 'mod' | 'bob' | 'carol'
const user = (name: Name): UserKey => name as unknown as UserKey
const device = (name: Name): DeviceKey => `${name}-laptop` as DeviceKey
const rankOf = (of: UserKey): number => RANKS[of] ?? 0
const isModerator = (of: UserKey): boolean => rankOf(of) >= 2
const rosterOf = (...names: Name[]): Roster => new Map(names.map((name) => [device(name), { device: device(name), joinedAt: 1000, media: NO_MEDIA, heardAt: 0 }]))

/** A device that hears orders in a call of all four. */
function listener (roster = rosterOf('mara', 'mod', 'bob', 'carol')) {
  let state: CallModeration = noModeration
  return {
    get state () { return state },
    hear (from: Name, order: Partial<CallOrder> & Pick<CallOrder, 'action'>): OrderVerdict['order'] {
      const [next, verdict] = hearOrder(state, { device: device('bob'), joinedAt: 1000, at: 2000, ...order }, {
        from: device(from), isModerator, roster,
        mayActOn: (by, of) => isModerator(by) && rankOf(of) < rankOf(by),
        userOf: (of) => of.endsWith('-laptop') || of.endsWith('-phone') ? of.split('-')[0] as UserKey : null
      })
      state = next
      return verdict.order
    },
    left (now: Roster) { state = dropLeft(state, now) },
    whyNot: (name: Name) => whyNotIn(state, user(name), isModerator)
  }
}

describe('a request to be quiet', () => {
  it('counts from whoever outranks the person, once', () => {
    const bob = listener()
    expect(bob.hear('mara', { action: 'mute' })).toBe('mute')
    expect(bob.hear('mara', { action: 'mute' })).toBe('ignored')
    expect(bob.hear('mara', { action: 'mute', at: 2001 })).toBe('mute')
  })

  it('is ignored from a member, about an equal, about another stay in the call, and about strangers', () => {
    const bob = listener()
    expect(bob.hear('carol', { action: 'mute' })).toBe('ignored')
    expect(bob.hear('mara', { action: 'mute', device: device('mod') })).toBe('ignored')
    expect(bob.hear('mara', { action: 'mute', joinedAt: 999 })).toBe('ignored')
    expect(bob.hear('mara', { action: 'mute', device: 'unknown' as DeviceKey })).toBe('ignored')
    expect(bob.state).toBe(noModeration)
  })
})

describe('a removal', () => {
  it('keeps a person out, on all devices, until the call is over', () => {
    const carol = listener()
    expect(carol.hear('mara', { action: 'remove' })).toBe('remove')
    expect(carol.whyNot('bob')).toBe('removed')
    carol.left(rosterOf('mara', 'carol'))
    expect(carol.whyNot('bob')).toBe('removed')
    carol.left(rosterOf())
    expect(carol.whyNot('bob')).toBeNull()
  })

  it('is ignored from a member, and when it was said in an earlier call and is played again', () => {
    const carol = listener()
    expect(carol.hear('bob', { action: 'remove', device: device('carol') })).toBe('ignored')
    expect(carol.hear('mara', { action: 'remove', joinedAt: 10, at: 1000 - 120_001 })).toBe('ignored')
    expect(carol.whyNot('bob')).toBeNull()
  })

  it('reaches who comes later, when it is said again', () => {
    const late = listener(rosterOf('mara', 'carol'))
    expect(late.hear('mara', { action: 'remove', joinedAt: 1000 })).toBe('remove')
    expect(late.hear('mara', { action: 'remove', joinedAt: 1000 })).toBe('ignored')
    expect(late.whyNot('bob')).toBe('removed')
  })
})

describe('a lock', () => {
  it('keeps newcomers out, lets moderators in and those back who were there, and ends with whoever locked', () => {
    const bob = listener(rosterOf('mara', 'bob'))
    expect(bob.hear('mara', { action: 'lock', device: device('mara') })).toBe('lock')
    expect([bob.whyNot('carol'), bob.whyNot('mod'), bob.whyNot('bob')]).toEqual(['locked', null, null])
    bob.left(rosterOf('bob'))
    expect(bob.whyNot('carol')).toBeNull()
  })

  it('is opened by whoever locked, and by nobody else', () => {
    const bob = listener()
    bob.hear('mara', { action: 'lock', device: device('mara') })
    expect(bob.hear('carol', { action: 'unlock', device: device('mara') })).toBe('ignored')
    expect(bob.hear('mod', { action: 'unlock', device: device('mod') })).toBe('ignored')
    expect(bob.hear('mara', { action: 'unlock', device: device('mara'), at: 3000 })).toBe('unlock')
    expect(bob.state.locks.size).toBe(0)
    // The earlier order, played again.
    expect(bob.hear('mara', { action: 'lock', device: device('mara') })).toBe('ignored')
  })

  it('is ignored from members, for others, and from who is not in the call', () => {
    const bob = listener(rosterOf('mara', 'bob'))
    expect(bob.hear('bob', { action: 'lock', device: device('bob') })).toBe('ignored')
    expect(bob.hear('mara', { action: 'lock', device: device('bob') })).toBe('ignored')
    expect(bob.hear('mod', { action: 'lock', device: device('mod') })).toBe('ignored')
  })
})

it('whatever plain members order in whatever order changes nothing', () => {
  const order = fc.record({
    action: fc.constantFrom('mute', 'remove', 'lock', 'unlock'), device: fc.constantFrom('mara', 'mod', 'bob', 'carol').map((name) => device(name)),
    joinedAt: fc.constantFrom(0, 1000), at: fc.nat()
  }) as fc.Arbitrary<CallOrder>
  fc.assert(fc.property(fc.array(fc.tuple(fc.constantFrom<Name>('bob', 'carol'), order)), (said) => {
    const everybody = listener()
    for (const [from, one] of said) expect(everybody.hear(from, one)).toBe('ignored')
    expect(everybody.state).toBe(noModeration)
  }))
})
