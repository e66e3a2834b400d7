import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alice, bob, carol, createStory, dave, devTagOf, mallory, saidBy, TODAY, type Person } from '../../testing/membership-story.ts'
import type { Operation } from './operations.ts'
import { memberOf, resolveMembership, type Membership } from './resolve.ts'

const people = [alice, bob, carol, dave, mallory] as const
const PERSON = fc.constantFrom(...people)
const ACTIONS = ['add', 'add', 'add', 'invite', 'invite', 'revoke', 'remove', 'remove', 'rotate', 'profile', 'unknown', 'create', 'hear', 'hear', 'meet'] as const

interface Step { actor: Person, action: typeof ACTIONS[number], other: Person, pick: number, sentAt: number, maxUses: number | null }

const steps: fc.Arbitrary<Step[]> = fc.array(fc.record({
  actor: fc.constantFrom(alice, alice, ...people), action: fc.constantFrom(...ACTIONS), other: PERSON, pick: fc.nat(20), sentAt: fc.integer({ min: TODAY, max: TODAY + 1200 }),
  maxUses: fc.constantFrom(null, 1, 2)
}), { maxLength: 45, size: 'max' })

/**
 * What comes about when everybody acts on what they have heard, allowed or not: each has a copy, and hears all of another's copy at
 * once; now and then all meet. So there are branches, stale knowledge, forged rights and repeated removals.
 */
function tell (history: readonly Step[]): Operation[] {
  const story = createStory()
  const created = story.create(alice, 'Kitchen')
  const link = story.invite(alice, {}, { after: [created] })
  const known = new Map(people.map((person) => [person, new Set([created, link])]))
  const copyOf = (person: Person): Set<Operation> => known.get(person) ?? new Set()
  for (const { actor, action, other, pick, sentAt, maxUses } of history) {
    const copy = copyOf(actor)
    const membership = story.resolve([...copy])
    const heads = new Set(membership.heads)
    const members = people.filter(({ user }) => membership.members.has(user))
    const outsiders = people.filter((person) => !members.includes(person))
    // Mostly somebody who can be removed or admitted, else little would count.
    const target = pick === 0 ? other : members[pick % members.length] ?? other
    const joiner = pick === 1 ? other : outsiders[pick % outsiders.length] ?? other
    const where = { after: [...copy].filter(({ id }) => heads.has(id)), sentAt }
    const invites = [...copy].filter(({ body }) => body.type === 'invite')
    const invite = invites[pick % invites.length] ?? link
    if (action === 'hear') {
      for (const operation of copyOf(other)) copy.add(operation)
      continue
    }
    if (action === 'meet') {
      for (const each of people) for (const operation of story.operations) copyOf(each).add(operation)
      continue
    }
    const written = {
      add: () => story.add(actor, joiner, invite, { ...where, role: pick === 0 ? 'owner' : 'member' }),
      invite: () => story.invite(actor, { maxUses, role: pick === 0 ? 'owner' : 'member', expiresAt: TODAY + 1000 }, where),
      revoke: () => story.revoke(actor, invite, where),
      remove: () => story.remove(actor, target, { ...where, cuts: [{ devTag: target.devTag, seq: pick }] }),
      rotate: () => story.rotate(actor, where),
      profile: () => story.write(actor, { type: 'profile', name: `${actor.name} ${pick}` }, where),
      unknown: () => story.write(actor, { type: 'unknown' }, where),
      // Only Alice's would fit the room's tag, which is checked before.
      create: () => story.create(alice, 'Again', { after: pick % 2 === 0 ? [] : where.after })
    }[action]()
    copy.add(written)
  }
  return story.operations
}

const resolve = (operations: readonly Operation[]): Membership => resolveMembership(operations, devTagOf)
const history = steps.map(tell)

/** A history, and the same operations as somebody else may have got them: in another order, some twice, some not at all. */
const heardOtherwise = history.chain((told) => fc.record({
  told: fc.constant(told),
  shuffled: fc.shuffledSubarray(told, { minLength: told.length }),
  twice: fc.subarray(told),
  some: fc.shuffledSubarray(told)
}))

describe('whatever happens', () => {
  test('the same operations in any order, also heard twice, make the same membership', () => {
    fc.assert(fc.property(heardOtherwise, ({ told, shuffled, twice }) => {
      const expected = saidBy(resolve(told))
      expect(saidBy(resolve(shuffled))).toEqual(expected)
      expect(saidBy(resolve([...twice, ...shuffled, ...twice.map((operation) => ({ ...operation }))]))).toEqual(expected)
    }), { numRuns: 150 })
  })

  test('any part of the operations resolves without an error, and names nobody twice', () => {
    fc.assert(fc.property(heardOtherwise, ({ some }) => {
      const { members, heads } = resolve(some)
      const devices = [...members.values()].flatMap((member) => [...member.devices.keys()])
      expect(new Set(devices).size).toBe(devices.length)
      expect([...heads]).toEqual([...new Set(heads)].sort())
    }), { numRuns: 150 })
  })

  test('Alice stays the only owner of her room', () => {
    fc.assert(fc.property(history, (told) => {
      const { members, name } = resolve(told)
      expect(name).toBe('Kitchen')
      expect([...members.values()].filter((member) => member.role === 'owner').map((member) => member.user)).toEqual([alice.user])
    }), { numRuns: 150 })
  })

  test('nobody is in whom no member admitted, and who was removed is out until admitted after that', () => {
    fc.assert(fc.property(history, (told) => {
      const membership = resolve(told)
      const byId = new Map(told.map((operation) => [operation.id, operation]))
      for (const member of membership.members.values()) {
        const admission = byId.get(member.admittedBy)
        if (admission?.body.type === 'create') continue
        expect(admission?.body.type).toBe('add')
        for (const removal of membership.removals) {
          const { body } = byId.get(removal)!
          if (body.type === 'remove' && body.user === member.user) expect(membership.isBefore(removal, member.admittedBy)).toBe(true)
        }
      }
    }), { numRuns: 150 })
  })

  test('each epoch is for its author, who was a member, and not for who it removes', () => {
    fc.assert(fc.property(history, (told) => {
      const byId = new Map(told.map((operation) => [operation.id, operation]))
      for (const { operation, recipients, epochId } of resolve(told).epochs) {
        if (epochId === null) continue
        const { device, body } = byId.get(operation)!
        expect(recipients).toContain(device)
        const removed = people.find(({ user }) => body.type === 'remove' && user === body.user)
        if (removed !== undefined) expect(recipients).not.toContain(removed.device)
      }
    }), { numRuns: 150 })
  })

  test('an operation of a later version that a member writes changes nothing but the heads', () => {
    fc.assert(fc.property(history, (told) => {
      const before = resolve(told)
      if (memberOf(before, bob.device) === null) return
      const lamport = 1 + Math.max(...told.map((operation) => operation.lamport))
      const seq = 1 + Math.max(0, ...told.filter(({ device }) => device === bob.device).map((operation) => operation.seq))
      const unknown: Operation = { ...told[0]!, seq, id: 'ff'.repeat(32) as Operation['id'], device: bob.device, devTag: bob.devTag, lamport, heads: before.heads, body: { type: 'unknown' } }
      expect(saidBy(resolve([...told, unknown]))).toEqual({ ...saidBy(before), heads: [unknown.id] })
    }), { numRuns: 200 })
  })
})

test('histories are not dull: people are admitted, removed, and act at the same moment', () => {
  const seen = { members: 0, removals: 0, branches: 0, epochs: 0 }
  for (const told of fc.sample(history, { numRuns: 300, seed: 7 })) {
    const { members, removals, heads, epochs } = resolve(told)
    seen.members = Math.max(seen.members, members.size)
    seen.removals = Math.max(seen.removals, removals.length)
    seen.branches = Math.max(seen.branches, heads.length)
    seen.epochs = Math.max(seen.epochs, epochs.length)
  }
  expect(seen.members).toBeGreaterThanOrEqual(4)
  expect(seen.removals).toBeGreaterThanOrEqual(2)
  expect(seen.branches).toBeGreaterThanOrEqual(3)
  expect(seen.epochs).toBeGreaterThanOrEqual(4)
})
