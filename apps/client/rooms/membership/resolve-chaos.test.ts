/** Random histories of all operations there are, by everybody, with and without the right, on stale knowledge. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { EnvelopeId, RoomTag } from '#shared/ids.ts'
import { alice, bob, carol, createStory, dave, devTagOf, mallory, personOf, saidBy, TODAY } from '../../testing/membership-story.ts'
import { ROLES, type Operation } from './operations.ts'
import { resolveMembership, type Membership } from './resolve.ts'

const laptops = [bob, mallory].map((person) => personOf(person.name, `${person.name}'s laptop`))
const people = [alice, bob, carol, dave, mallory, ...laptops]
const ACTIONS = [
  'add', 'add', 'invite', 'revoke', 'remove', 'ban', 'unban', 'leave', 'role', 'role', 'mute', 'policy', 'rename', 'party', 'addDevice', 'removeDevice',
  'rotate', 'enckey', 'profile', 'hear', 'hear', 'hear', 'meet'
] as const

interface Step { actor: number, action: typeof ACTIONS[number], other: number, pick: number }

const steps = fc.array(fc.record<Step>({
  actor: fc.nat(people.length - 1), action: fc.constantFrom(...ACTIONS), other: fc.nat(people.length - 1), pick: fc.nat(30)
}), { maxLength: 60, size: 'max' })

function tell (history: readonly Step[]): Operation[] {
  const story = createStory()
  const created = story.create(alice, 'Kitchen')
  const link = story.invite(alice, {}, { after: [created] })
  const admitted = [bob, carol].map((person) => story.add(alice, person, link, { after: [link] }))
  const promoted = story.role(alice, bob, 'admin', { after: admitted })
  const known = new Map(people.map((person) => [person, new Set(story.operations)]))
  for (const { actor: by, action, other: on, pick } of history) {
    const actor = people[by] ?? alice, other = people[on] ?? bob
    const copy = known.get(actor) ?? new Set([promoted])
    if (action === 'hear') {
      for (const operation of known.get(other) ?? []) copy.add(operation)
      continue
    }
    if (action === 'meet') {
      for (const each of known.values()) for (const operation of story.operations) each.add(operation)
      continue
    }
    const heads = new Set(resolve([...copy]).heads)
    const newest = [...copy].filter(({ id }) => heads.has(id))
    // Now and then somebody acts as if they had not heard the latest.
    const where = { after: pick % 7 === 0 ? newest.slice(0, 1) : newest }
    const role = ROLES[pick % ROLES.length] ?? 'member'
    const invites = [...copy].filter(({ body }) => body.type === 'invite')
    const invite = invites[pick % invites.length] ?? link
    const given = invite.body.type === 'invite' ? invite.body.role : 'member'
    const cuts = [{ devTag: other.devTag, seq: pick }]
    copy.add({
      add: () => story.add(actor, other, invite, { ...where, role: given }),
      invite: () => story.invite(actor, { role: ROLES[pick % 4] ?? 'member', maxUses: pick % 3 === 0 ? 1 : null, needsApproval: pick % 5 === 0 }, where),
      revoke: () => story.revoke(actor, invite, where),
      remove: () => story.remove(actor, other, { ...where, cuts }),
      ban: () => story.remove(actor, other, { ...where, cuts, isBan: true }),
      unban: () => story.unban(actor, other, where),
      leave: () => story.leave(actor, where),
      role: () => story.role(actor, other, role, { ...where, cuts }),
      mute: () => story.mute(actor, other, pick % 3 === 0 ? null : TODAY + pick, { ...where, cuts }),
      policy: () => story.policy(actor, pick % 2 === 0 ? { slowModeMs: pick } : { invites: pick % 3 === 0 ? 'moderators' : 'members' }, where),
      rename: () => story.rename(actor, `Room ${pick}`, where),
      party: () => story.party(actor, `${pick % 10}`.repeat(32) as RoomTag, where),
      addDevice: () => story.addDevice(actor, other, where),
      removeDevice: () => story.removeDevice(actor, other, { ...where, cut: pick }),
      rotate: () => story.rotate(actor, where),
      enckey: () => story.write(actor, { type: 'enckey', encryptionKey: new Uint8Array(32).fill(pick) }, where),
      profile: () => story.write(actor, { type: 'profile', name: `${actor.name} ${pick}` }, where)
    }[action]())
  }
  return story.operations
}

const resolve = (operations: readonly Operation[]): Membership => resolveMembership(operations, devTagOf)
const history = steps.map(tell)
const heard = history.chain((told) => fc.record({
  told: fc.constant(told), shuffled: fc.shuffledSubarray(told, { minLength: told.length }), some: fc.shuffledSubarray(told)
}))

/** What can be asked of a membership, asked. */
const answersOf = (membership: Membership, told: readonly Operation[]): unknown => people.map(({ user, devTag }) => [
  membership.rightsOf(user).role,
  told.map((operation) => [1, 9, 25].map((seq) => membership.mayWrite(devTag, seq, [operation.id]))),
  people.map((other) => membership.mayDelete(user, { of: other.user, heads: membership.heads }, membership.heads, { devTag: other.devTag, seq: 3 }))
])

describe('whatever happens', () => {
  test('the same operations in any order make the same membership, and the same messages count', () => {
    fc.assert(fc.property(heard, ({ told, shuffled }) => {
      const [one, other] = [resolve(told), resolve(shuffled)]
      expect(saidBy(other)).toEqual(saidBy(one))
      expect(answersOf(other, told)).toEqual(answersOf(one, told))
    }), { numRuns: 50 })
  })

  test('any part of the operations resolves, and can be asked anything', () => {
    fc.assert(fc.property(heard, ({ told, some }) => { answersOf(resolve(some), told) }), { numRuns: 50 })
  })

  test('whoever is in was let in, is not banned, acts with devices that were not revoked, and somebody owns the room', () => {
    fc.assert(fc.property(history, (told) => {
      const membership = resolve(told)
      const byId = new Map(told.map((operation) => [operation.id, operation]))
      const members = [...membership.members.values()]
      expect(members.length === 0 || members.some(({ role }) => role === 'owner')).toBe(true)
      const counting = new Set(told.filter(({ id }) => membership.heads.some((head) => membership.isBefore(id, head))).map(({ id }) => id))
      for (const member of members) {
        expect(membership.bans.has(member.user)).toBe(false)
        expect(['create', 'add', 'role']).toContain(byId.get(member.admittedBy)?.body.type)
        expect(counting.has(member.admittedBy)).toBe(true)
        for (const device of member.devices.keys()) expect(membership.memberOf(device)?.user).toBe(member.user)
      }
      // Who is raised by higher authority, which knows of it, has their device back that somebody else had put out.
      const isOwn = (removal: EnvelopeId): boolean => {
        const { device, body } = byId.get(removal)!
        return body.type === 'rmdev' && people.find((one) => one.device === device)?.user === people.find((one) => one.device === body.device)?.user
      }
      for (const removal of membership.removals) {
        const { body } = byId.get(removal)!
        if (body.type === 'rmdev' && isOwn(removal)) expect(membership.memberOf(body.device)).toBeNull()
        const member = body.type === 'remove' ? membership.members.get(body.user) : undefined
        // Who leaves while they are raised by higher authority has to leave once more.
        const isRaised = member !== undefined && body.type === 'remove' && body.rotation === null && byId.get(member.admittedBy)?.body.type === 'role'
        if (member !== undefined && !isRaised) expect(membership.isBefore(removal, member.admittedBy)).toBe(true)
      }
    }), { numRuns: 60 })
  })

  test('who is told less never counts a message that a removal has cut off for all others', () => {
    fc.assert(fc.property(history, (told) => {
      const membership = resolve(told)
      for (const [devTag, cut] of membership.cuts) expect(membership.mayWrite(devTag, cut + 1, membership.heads)).toBe(false)
    }), { numRuns: 60 })
  })
})

test('histories are not dull: all that counts somewhere is seen', () => {
  const seen = { bans: 0, mutes: 0, roles: 0, departed: 0, owners: 0, parties: 0, devices: 0, cuts: 0 }
  for (const told of fc.sample(history, { numRuns: 250, seed: 11 })) {
    const { bans, mutes, members, departed, parties, cuts } = resolve(told)
    const roles = [...members.values()].map(({ role }) => role)
    seen.bans = Math.max(seen.bans, bans.size)
    seen.mutes = Math.max(seen.mutes, mutes.size)
    seen.roles = Math.max(seen.roles, new Set(roles).size)
    seen.owners = Math.max(seen.owners, roles.filter((role) => role === 'owner').length)
    seen.departed = Math.max(seen.departed, departed.size)
    seen.parties = Math.max(seen.parties, parties.size)
    seen.devices = Math.max(seen.devices, ...[...members.values()].map(({ devices }) => devices.size))
    seen.cuts = Math.max(seen.cuts, cuts.size)
  }
  for (const [what, most] of Object.entries(seen)) expect([what, most >= (what === 'parties' || what === 'mutes' ? 1 : 2)]).toEqual([what, true])
})
