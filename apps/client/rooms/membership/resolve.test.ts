import { describe, expect, test } from 'vitest'
import type { DeviceKey, EnvelopeId, InviteId } from '#shared/ids.ts'
import { ROOM_MAX_MEMBERS } from '#shared/limits.ts'
import { alice, bob, carol, createStory, creationOf, dave, kitchen, mallory, personOf, rotationOf, saidBy, TODAY } from '../../testing/membership-story.ts'
import type { Operation } from './operations.ts'
import { memberOf } from './resolve.ts'

describe('a room', () => {
  test('that nobody has told anything of is empty', () => {
    const { name, members, heads, epochs } = createStory().resolve()
    expect([name, members.size, heads, epochs]).toEqual([null, 0, [], []])
  })

  test('begins with its creator as the owner, and one epoch for their device', () => {
    const story = createStory()
    const created = story.create(alice, 'Kitchen', { sentAt: TODAY })
    const membership = story.resolve()
    expect(membership).toMatchObject({ name: 'Kitchen', createdAt: TODAY, heads: [created.id] })
    expect(memberOf(membership, alice.device)).toMatchObject({ user: alice.user, role: 'owner', name: 'Alice', admittedBy: created.id })
    expect(membership.epochs).toEqual([
      { rotation: null, epochId: null, operation: created.id, startedAt: TODAY, depth: 0, recipients: [alice.device], encryptionKeys: [alice.record.encryptionKey], isOpen: true }
    ])
  })

  test('cannot be created by Mallory in the name of Alice, nor within another', () => {
    const story = createStory()
    story.write(mallory, creationOf({ name: 'Forged', creator: alice.record }))
    expect(story.resolve().name).toBeNull()
    story.create(alice, 'Kitchen', { after: [] })
    story.create(alice, 'Inner', { after: [story.operations[1]!] })
    expect(story.resolve().name).toBe('Kitchen')
  })

  test('has one first operation, whoever else claims to begin it', () => {
    const story = createStory()
    for (const person of [alice, mallory]) story.create(person, 'Kitchen', { after: [] })
    expect(story.names().length).toBe(1)
    expect(story.resolve().epochs.length).toBe(1)
  })

  test('is created once: its owner cannot start it over with another owner', () => {
    const story = kitchen()
    story.write(alice, creationOf({ name: 'Again', creator: { ...dave.record, device: alice.device } }), { after: [] })
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol', 'Mallory'])
    expect(story.resolve()).toMatchObject({ name: 'Kitchen' })
    expect(story.resolve().epochs.length).toBe(1)
  })
})

describe('an invitation', () => {
  test('lets in whom a member admits by it, in the role it gives', () => {
    const story = kitchen()
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol', 'Mallory'])
    expect(memberOf(story.resolve(), carol.device)).toMatchObject({ role: 'member', name: 'Carol' })
    expect([...story.resolve().invites.values()]).toMatchObject([{ uses: 3, isRevoked: false, createdBy: alice.user, role: 'member' }])
  })

  test('can be made by each member', () => {
    const story = kitchen()
    story.add(alice, dave, story.invite(carol))
    expect(story.names()).toContain('Dave')
  })

  test('ends at its time by the clock of whoever admits', () => {
    const story = kitchen()
    const link = story.invite(alice, { expiresAt: TODAY + 10 })
    story.add(bob, dave, link, { sentAt: TODAY + 11 })
    expect(story.names()).not.toContain('Dave')
    story.add(bob, dave, link, { sentAt: TODAY + 10 })
    expect(story.names()).toContain('Dave')
  })

  test('for one is used up by one, whoever admits', () => {
    const story = kitchen()
    const link = story.invite(alice, { maxUses: 1 })
    story.add(bob, dave, link)
    story.add(carol, personOf('Eve'), link)
    story.add(alice, personOf('Frank'), link)
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol', 'Dave', 'Mallory'])
  })

  test('is not used up by somebody who is in already, as with a second device or a second try', () => {
    const story = kitchen()
    const link = story.invite(alice, { maxUses: 1 })
    story.add(alice, bob, link)
    story.add(alice, personOf('Bob', 'Bob\'s laptop'), link)
    story.add(alice, dave, link)
    expect(story.names()).toContain('Dave')
    expect(memberOf(story.resolve(), bob.device)?.devices.size).toBe(2)
    expect(story.resolve().invites.get((link.body as { inviteId: InviteId }).inviteId)?.uses).toBe(1)
  })

  test('used by two at the same moment lets both in: neither can know of the other', () => {
    const story = kitchen()
    const link = story.invite(alice, { maxUses: 1 })
    story.add(bob, dave, link, { after: [link] })
    story.add(carol, personOf('Eve'), link, { after: [link] })
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol', 'Dave', 'Eve', 'Mallory'])
    story.add(alice, personOf('Frank'), link)
    expect(story.names()).not.toContain('Frank')
  })

  test('that was revoked lets nobody in, also not by who did not know of it, unless somebody of that rank has built on it', () => {
    const story = kitchen()
    const link = story.invite(alice)
    story.revoke(alice, link, { after: [link] })
    story.add(carol, personOf('Eve'), link, { after: [link] })
    story.add(bob, dave, link)
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol', 'Mallory'])
    const second = story.invite(alice)
    const admitted = story.add(carol, personOf('Eve'), second, { after: [second] })
    story.mute(alice, carol, TODAY, { after: [admitted] })
    story.role(alice, bob, 'admin', { after: [second] })
    story.revoke(bob, second, { after: story.operations.slice(-1) })
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol', 'Eve', 'Mallory'])
  })

  test('is revoked by who made it or by the owner, and by nobody else', () => {
    const story = kitchen()
    const link = story.invite(bob)
    const isRevoked = (): boolean | undefined => story.resolve().invites.get((link.body as { inviteId: InviteId }).inviteId)?.isRevoked
    story.revoke(mallory, link)
    expect(isRevoked()).toBe(false)
    story.revoke(bob, link)
    expect(isRevoked()).toBe(true)
    const other = story.invite(bob)
    story.revoke(alice, other)
    expect(story.resolve().invites.get((other.body as { inviteId: InviteId }).inviteId)?.isRevoked).toBe(true)
  })

  test('that was revoked cannot be announced again as if it were new, not even behind everybody\'s back', () => {
    const story = kitchen()
    const link = story.invite(alice, { maxUses: 1 })
    const { inviteId: id } = link.body as { inviteId: InviteId }
    story.revoke(alice, link)
    const revoked = story.resolve().invites.get(id)
    story.invite(mallory, { id })
    // A branch that does not know of the invitation, and that is long enough to come after the revocation.
    let last = story.settled
    for (let i = 0; i < 9; i++) last = story.rotate(mallory, { after: [last] })
    story.invite(mallory, { id }, { after: [last] })
    expect(story.resolve().invites.get(id)).toEqual(revoked)
    story.add(bob, dave, link)
    expect(story.names()).not.toContain('Dave')
  })

  test('of a room that has as many devices as a rotation can hold keys for has no seat for more, not even of its members, until one is free', () => {
    const story = createStory()
    story.create(alice, 'Kitchen')
    let last = story.invite(alice)
    const link = last
    for (let i = 1; i < ROOM_MAX_MEMBERS; i++) last = story.add(alice, personOf(`Guest ${i}`), link, { after: [last] })
    expect(story.resolve().members.size).toBe(ROOM_MAX_MEMBERS)
    last = story.add(alice, bob, link, { after: [last] })
    story.addDevice(alice, personOf('Alice', 'Alice\'s laptop'), { after: [last] })
    expect(story.resolve().members.size).toBe(ROOM_MAX_MEMBERS)
    expect(memberOf(story.resolve(), alice.device)?.devices.size).toBe(1)
    last = story.remove(alice, personOf('Guest 7'), { after: story.resolve().heads.map((id) => story.operations.find((operation) => operation.id === id)!) })
    story.addDevice(alice, personOf('Alice', 'Alice\'s tablet'), { after: [last] })
    // A second device waits until everybody has a seat for one.
    expect(memberOf(story.resolve(), bob.device)).not.toBeNull()
    expect(memberOf(story.resolve(), alice.device)?.devices.size).toBe(1)
  })
})

test('somebody who brings a thousand devices takes the places of twenty', () => {
  const story = kitchen()
  let last = story.settled
  for (let i = 0; i < 1000; i++) last = story.addDevice(mallory, personOf('Mallory', `Mallory's device ${i}`), { after: [last] })
  story.add(alice, dave, story.link, { after: [last] })
  const { members } = story.resolve()
  expect(members.get(mallory.user)?.devices.size).toBe(20)
  expect(members.get(dave.user)?.devices.size).toBe(1)
})

describe('a removal by the owner', () => {
  test('takes the member out, keeps who wrote what, and begins an epoch without them', () => {
    const story = kitchen()
    const removal = story.remove(alice, mallory, { cuts: [{ devTag: mallory.devTag, seq: 4 }] })
    const membership = story.resolve()
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol'])
    expect(membership.removals).toEqual([removal.id])
    expect(membership.authors.get(mallory.devTag)).toMatchObject({ user: mallory.user, name: 'Mallory' })
    expect(membership.cuts.get(mallory.devTag)).toBe(4)
    expect(membership.epochs.at(-1)).toMatchObject({ operation: removal.id, recipients: [alice, bob, carol].map(({ device }) => device).sort() })
  })

  test('ends what the removed can do', () => {
    const story = kitchen()
    story.remove(alice, mallory)
    story.add(mallory, dave, story.link)
    story.write(mallory, { type: 'profile', name: 'Ghost' })
    story.rotate(mallory)
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol'])
    expect(story.resolve().epochs.length).toBe(2)
  })

  test('voids what the removed did without knowing of it, but not that they let in who had a link of another', () => {
    const story = kitchen()
    const admission = story.add(mallory, dave, story.link, { after: [story.settled] })
    const byDave = story.add(dave, personOf('Eve'), story.link, { after: [admission] })
    const invite = story.invite(mallory, {}, { after: [admission] })
    story.rotate(mallory, { after: [invite] })
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol', 'Dave', 'Eve', 'Mallory'])
    const frank = story.add(bob, personOf('Frank'), invite, { after: [invite] })
    story.remove(alice, mallory, { after: [story.settled] })
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol', 'Dave', 'Eve'])
    expect(story.resolve().invites.size).toBe(1)
    expect(story.resolve().epochs.length).toBe(2)
    expect(story.resolve().heads).toContain(byDave.id)
    expect(story.resolve().heads).not.toContain(frank.id)
  })

  test('leaves what the removed did before, as far as the owner knew', () => {
    const story = kitchen()
    story.add(mallory, dave, story.link)
    story.remove(alice, mallory)
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol', 'Dave'])
  })

  test('leaves what others did at the same moment', () => {
    const story = kitchen()
    story.add(bob, dave, story.link, { after: [story.settled] })
    story.rotate(carol, { after: [story.settled] })
    story.remove(alice, mallory, { after: [story.settled] })
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol', 'Dave'])
    expect(story.resolve().epochs.length).toBe(3)
  })

  test('beats an admission at the same moment; another that follows it lets the person in again', () => {
    const story = kitchen()
    const laptop = personOf('Mallory', 'Mallory\'s laptop')
    story.add(bob, laptop, story.link, { after: [story.settled] })
    story.remove(alice, mallory, { after: [story.settled], cuts: [{ devTag: mallory.devTag, seq: 1 }] })
    expect(story.names()).not.toContain('Mallory')
    expect(memberOf(story.resolve(), laptop.device)).toBeNull()
    const again = story.add(bob, mallory, story.link)
    expect(memberOf(story.resolve(), mallory.device)).toMatchObject({ admittedBy: again.id, role: 'member' })
    expect(story.resolve().cuts.has(mallory.devTag)).toBe(false)
    expect(memberOf(story.resolve(), laptop.device)).toBeNull()
    story.invite(mallory)
    expect(story.resolve().invites.size).toBe(2)
  })

  test('of somebody who is not there, or is gone already, does nothing', () => {
    const story = kitchen()
    story.remove(alice, dave)
    expect(story.resolve().removals).toEqual([])
    story.remove(alice, bob)
    story.remove(alice, bob)
    expect(story.resolve().removals.length).toBe(1)
  })

  test('twice at the same moment keeps the larger cut on all peers', () => {
    const story = kitchen()
    const settled = story.role(alice, carol, 'admin')
    story.remove(alice, bob, { after: [settled], cuts: [{ devTag: bob.devTag, seq: 7 }] })
    story.remove(carol, bob, { after: [settled], cuts: [{ devTag: bob.devTag, seq: 3 }] })
    expect(story.resolve().cuts.get(bob.devTag)).toBe(7)
    expect(story.resolve().removals.length).toBe(2)
  })

  test('cannot be hindered by Mallory crowding out the heads with operations that do not count', () => {
    const story = kitchen()
    story.remove(alice, mallory)
    const heads = story.resolve().heads
    for (let i = 0; i < 40; i++) story.write(mallory, { type: 'unknown' }, { after: [story.created] })
    expect(story.resolve().heads).toEqual(heads)
  })
})

describe('epochs', () => {
  test('are for exactly the devices that were members as their author knew', () => {
    const story = kitchen()
    const early = story.rotate(alice, { after: [story.operations[2]!] })
    const late = story.rotate(bob)
    const recipientsOf = (id: EnvelopeId): DeviceKey[] | undefined => story.resolve().epochs.find((epoch) => epoch.operation === id)?.recipients
    expect(recipientsOf(early.id)).toEqual([alice, bob].map(({ device }) => device).sort())
    expect(recipientsOf(late.id)).toEqual([alice, bob, carol, mallory].map(({ device }) => device).sort())
  })

  test('count their depth along the epochs they follow', () => {
    const story = kitchen()
    const first = rotationOf('first')
    const second = rotationOf('second', first.epochId)
    story.rotate(bob, { rotation: first })
    story.rotate(carol, { rotation: second })
    story.rotate(mallory, { rotation: rotationOf('of nothing', rotationOf('never seen').epochId) })
    expect(story.resolve().epochs.map((epoch) => epoch.depth)).toEqual([0, 1, 2, 1])
  })
})

describe('what is concurrent', () => {
  test('admissions of different people merge, and the next entry joins the branches', () => {
    const story = kitchen()
    const one = story.add(bob, dave, story.link, { after: [story.settled] })
    const two = story.add(carol, personOf('Eve'), story.link, { after: [story.settled] })
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol', 'Dave', 'Eve', 'Mallory'])
    expect(story.resolve().heads).toEqual([one.id, two.id].sort())
    const next = story.invite(alice)
    expect(story.resolve().heads).toEqual([next.id])
    expect(story.resolve().isBefore(one.id, next.id)).toBe(true)
    expect(story.resolve().isBefore(one.id, two.id)).toBe(false)
    expect(story.resolve().isBefore(one.id, one.id)).toBe(true)
  })

  test('who knows one branch of two acts by what is in that one', () => {
    const story = kitchen()
    const one = story.add(bob, dave, story.link, { after: [story.settled] })
    story.add(carol, personOf('Eve'), story.link, { after: [story.settled] })
    const rotation = story.rotate(bob, { after: [one] })
    expect(story.resolve().epochs.find((epoch) => epoch.operation === rotation.id)?.recipients)
      .toEqual([alice, bob, carol, dave, mallory].map(({ device }) => device).sort())
  })

  test('an entry waits until all of its past is known', () => {
    const story = kitchen()
    const [created, link, addBob, addCarol] = story.operations as [Operation, Operation, Operation, Operation]
    expect(story.names([created, addCarol])).toEqual(['Alice'])
    expect(story.names([created, addCarol, link])).toEqual(['Alice'])
    expect(story.names([addCarol, link, addBob, created])).toEqual(['Alice', 'Bob', 'Carol'])
    expect(story.resolve([addCarol]).heads).toEqual([])
  })

  test('an entry that joins two branches waits for both', () => {
    const story = kitchen()
    const other = story.rotate(carol, { after: [story.settled] })
    story.rename(alice, 'Bar', { after: [story.settled, other] })
    expect(story.resolve(story.operations.filter((operation) => operation !== other)).name).toBe('Kitchen')
    expect(story.resolve().name).toBe('Bar')
  })

  test('an entry counts whatever clock it claims: the law\'s is computed', () => {
    const story = kitchen()
    const backdated = story.add(bob, dave, story.link)
    story.operations[story.operations.indexOf(backdated)] = { ...backdated, lamport: story.settled.lamport }
    story.add(bob, personOf('Eve'), story.link, { after: [backdated] })
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol', 'Dave', 'Eve', 'Mallory'])
  })

  test('an entry that names itself or a circle as its past has no effect', () => {
    const story = kitchen()
    const one = story.add(bob, dave, story.link)
    const two = story.add(bob, personOf('Eve'), story.link, { after: [one] })
    story.operations[story.operations.indexOf(one)] = { ...one, heads: [two.id], lamport: two.lamport + 1 }
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol', 'Mallory'])
    story.operations[story.operations.indexOf(two)] = { ...two, heads: [two.id] }
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol', 'Mallory'])
  })
})

describe('a name', () => {
  test('is changed by its owner, for what was written before too', () => {
    const story = kitchen()
    story.write(bob, { type: 'profile', name: 'Robert' })
    expect(story.names()).toEqual(['Alice', 'Carol', 'Mallory', 'Robert'])
    expect(story.resolve().authors.get(bob.devTag)?.name).toBe('Robert')
    expect(story.resolve().authors.get(carol.devTag)?.name).toBe('Carol')
  })
})

test('operations of a later version have no effect, and what follows them is not held up', () => {
  const story = kitchen()
  const before = saidBy(story.resolve())
  const unknown = story.write(carol, { type: 'unknown' })
  expect(saidBy(story.resolve())).toEqual({ ...before, heads: [unknown.id] })
  story.add(bob, dave, story.link, { after: [unknown] })
  expect(story.names()).toContain('Dave')
})

test('a long history that nobody branched off resolves', () => {
  const story = kitchen()
  let last = story.settled
  for (let i = 0; i < 5000; i++) last = story.write(bob, { type: 'unknown' }, { after: [last] })
  expect(story.resolve().heads).toEqual([last.id])
})
