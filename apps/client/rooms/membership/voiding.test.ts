import { describe, expect, test } from 'vitest'
import { alice, bob, carol, createStory, dave, kitchen, mallory, personOf, TODAY, type Story } from '../../testing/membership-story.ts'
import type { Operation } from './operations.ts'

/** Alice's kitchen where Bob and Carol are admins, Bob the first of them, and Mallory is a moderator. */
function admins (): Story & { link: Operation, settled: Operation } {
  const story = kitchen()
  story.role(alice, bob, 'admin')
  story.role(alice, carol, 'admin')
  const settled = story.role(alice, mallory, 'moderator')
  return { ...story, settled }
}

describe('at the same moment', () => {
  test('two owners remove each other: the first one stays', () => {
    const story = kitchen()
    const settled = story.role(alice, bob, 'owner')
    story.remove(bob, alice, { after: [settled] })
    story.remove(alice, bob, { after: [settled] })
    expect(story.names()).toEqual(['Alice', 'Carol', 'Mallory'])
  })

  test('an owner removes an admin who removes others: only the admin goes', () => {
    const story = admins()
    story.remove(bob, mallory, { after: [story.settled] })
    story.remove(alice, bob, { after: [story.settled] })
    expect(story.names()).toEqual(['Alice', 'Carol', 'Mallory'])
    expect(story.resolve().removals.length).toBe(1)
  })

  test('an admin removes a moderator who invites, bans and slows: all of it is void, and who came in by another\'s link stays', () => {
    const story = admins()
    const last = [story.settled]
    story.add(mallory, dave, story.link, { after: last })
    story.remove(mallory, personOf('Erin'), { isBan: true, after: last })
    story.policy(mallory, { slowModeMs: 7 }, { after: last })
    story.invite(mallory, {}, { after: last })
    story.remove(bob, mallory, { after: last })
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol', 'Dave'])
    expect(story.resolve()).toMatchObject({ bans: new Map(), policy: { slowModeMs: 0 } })
    expect(story.resolve().invites.size).toBe(1)
  })

  test('the removed has not said anything of themselves either', () => {
    const story = admins()
    story.write(mallory, { type: 'profile', name: 'Mal' }, { after: [story.settled] })
    story.remove(bob, mallory, { after: [story.settled] })
    expect(story.resolve().authors.get(mallory.devTag)?.name).toBe('Mallory')
  })

  test('what is void stays so, also when it would have become good by another void', () => {
    // Mallory invites, but Bob has demoted her before that; Alice removes Bob at the moment of the demotion, and Mallory at that of the invitation.
    const story = admins()
    const demoted = story.role(bob, mallory, 'observer', { after: [story.settled] })
    const invited = story.invite(mallory, {}, { after: [demoted] })
    expect(story.resolve().invites.size).toBe(1)
    story.remove(alice, bob, { after: [story.settled] })
    expect(story.resolve().invites.size).toBe(2)
    story.remove(alice, mallory, { after: [story.settled] })
    expect(story.resolve().invites.size).toBe(1)
    expect(story.resolve().heads).not.toContain(invited.id)
  })

  test('a demotion undoes what the new role could not have done, and nothing else', () => {
    const story = admins()
    const last = [story.settled]
    story.rename(bob, 'Bar', { after: last })
    story.add(bob, dave, story.link, { after: last })
    story.remove(bob, mallory, { after: last })
    story.role(alice, bob, 'member', { after: last })
    expect(story.resolve().name).toBe('Kitchen')
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol', 'Dave', 'Mallory'])
  })

  test('a promotion by higher authority beats a demotion', () => {
    const story = admins()
    const demoted = story.role(bob, mallory, 'member', { after: [story.settled] })
    let last = story.settled
    for (let i = 0; i < 3; i++) last = story.rotate(alice, { after: [last] })
    story.role(alice, mallory, 'admin', { after: [last] })
    expect(story.roleOf(mallory)).toBe('admin')
    expect(story.resolve().heads).not.toContain(demoted.id)
  })

  test('a demotion beats a promotion of the same authority, in every order', () => {
    const story = admins()
    const settled = story.add(alice, dave, story.link)
    story.role(bob, dave, 'moderator', { after: [settled] })
    story.role(carol, dave, 'observer', { after: [settled] })
    expect(story.roleOf(dave)).toBe('observer')
    expect(story.resolve(story.operations.toReversed()).members.get(dave.user)?.role).toBe('observer')
  })

  test('two demotions: the stronger author\'s counts, also when it is the earlier one', () => {
    const story = admins()
    story.role(alice, mallory, 'observer', { after: [story.settled] })
    let last = story.settled
    for (let i = 0; i < 3; i++) last = story.rotate(bob, { after: [last] })
    story.role(bob, mallory, 'member', { after: [last] })
    expect(story.roleOf(mallory)).toBe('observer')
  })

  test('two give different roles: all peers agree on one', () => {
    const story = admins()
    const settled = story.add(alice, dave, story.link)
    story.role(alice, dave, 'admin', { after: [settled] })
    story.role(bob, dave, 'moderator', { after: [settled] })
    const roles = [story.operations, story.operations.toReversed()].map((told) => story.resolve(told).members.get(dave.user)?.role)
    expect(roles[0]).toBe(roles[1])
  })

  test('a device that was let in while its person was removed is out', () => {
    const story = kitchen()
    const laptop = personOf('Mallory', 'Mallory\'s laptop')
    let last = story.settled
    for (let i = 0; i < 3; i++) last = story.rotate(bob, { after: [last] })
    story.addDevice(bob, laptop, { after: [last] })
    story.remove(alice, mallory, { after: [story.settled] })
    expect(story.resolve().memberOf(laptop.device)).toBeNull()
    story.add(alice, mallory, story.link)
    expect(story.resolve().memberOf(laptop.device)).toBeNull()
  })

  test('whoever leaves and is let in elsewhere is out until let in after that', () => {
    const story = kitchen()
    story.add(alice, personOf('Bob', 'Bob\'s laptop'), story.link, { after: [story.settled] })
    story.leave(bob, { after: [story.settled] })
    expect(story.names()).not.toContain('Bob')
  })

  test('a removal that rests on a void admission is void too', () => {
    // Bob lets Erin in as moderator; she removes Mallory. Alice removes Bob at the moment of Erin's admission.
    const story = admins()
    const erin = personOf('Erin')
    const invited = story.invite(bob, { role: 'moderator' }, { after: [story.settled] })
    const admitted = story.add(bob, erin, invited, { role: 'moderator', after: [invited] })
    const demoted = story.role(alice, mallory, 'member', { after: [story.settled] })
    story.remove(erin, mallory, { after: [admitted, demoted] })
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol', 'Erin'])
    story.remove(alice, bob, { after: [story.settled] })
    expect(story.names()).toEqual(['Alice', 'Carol', 'Mallory'])
  })

  test('rank comes before seniority: a new owner goes before an admin of old who does not know of it', () => {
    const story = admins()
    const promoted = story.role(alice, mallory, 'owner', { after: [story.settled] })
    story.remove(mallory, bob, { after: [promoted] })
    story.remove(bob, mallory, { after: [story.settled] })
    expect(story.names()).toEqual(['Alice', 'Carol', 'Mallory'])
    expect(story.roleOf(mallory)).toBe('owner')
  })

  test('removals that each would undo what the other rests on come to an end: the highest authority is heard first', () => {
    // Bob lets in Erin, who removes Mallory, who has revoked the link that Frank came in by, who removes Bob.
    const story = admins()
    const [erin, frank] = [personOf('Erin'), personOf('Frank')]
    story.role(alice, mallory, 'member', { after: [story.settled] })
    const mallorys = story.invite(mallory)
    const settled = mallorys
    const bobs = story.invite(bob, { role: 'moderator' }, { after: [settled] })
    const admitted = story.add(bob, erin, bobs, { role: 'moderator', after: [bobs] })
    story.remove(erin, mallory, { after: [admitted] })
    const revoked = story.revoke(mallory, mallorys, { after: [settled] })
    const franks = story.add(alice, frank, mallorys, { after: [revoked] })
    const promoted = story.role(alice, frank, 'owner', { after: [franks] })
    story.remove(frank, bob, { after: [promoted] })
    const orders = [story.operations, story.operations.toReversed()].map((told) => story.names(told))
    expect(orders[0]).toEqual(orders[1])
    // Alice has made Frank an owner, whatever became of the link; he removes Bob, and with him goes Erin and what she did.
    expect(orders[0]).toEqual(['Alice', 'Carol', 'Frank', 'Mallory'])
  })

  test('everybody removes everybody below: the room goes on', () => {
    const story = createStory()
    story.create(alice, 'Kitchen')
    const link = story.invite(alice)
    const people = Array.from({ length: 12 }, (_, i) => personOf(`Guest ${i}`))
    for (const person of people) {
      story.add(alice, person, link)
      story.role(alice, person, 'admin')
    }
    const settled = story.rotate(alice)
    for (const person of people) for (const other of people) story.remove(person, other, { after: [settled] })
    expect(story.names().length).toBe(13)
    for (const person of people) story.role(alice, person, 'owner', { after: [settled] })
    const all = story.rotate(alice)
    for (const person of people) for (const other of people) if (person !== other) story.remove(person, other, { after: [all] })
    expect(story.names()).toEqual(['Alice', 'Guest 0'])
  })
})

test('a mute is lifted, and ends with membership', () => {
  const story = admins()
  story.mute(mallory, dave, TODAY)
  story.add(alice, dave, story.link)
  expect(story.resolve().mutes.size).toBe(0)
  story.mute(mallory, dave, TODAY + 5)
  expect([...story.resolve().mutes]).toEqual([[dave.user, TODAY + 5]])
  story.mute(mallory, dave, null)
  expect(story.resolve().mutes.size).toBe(0)
  story.mute(mallory, dave, TODAY + 9)
  story.remove(alice, dave)
  expect(story.resolve().mutes.size).toBe(0)
  story.add(alice, dave, story.link)
  expect(story.resolve().mutes.size).toBe(0)
})
