import { describe, expect, test } from 'vitest'
import {
  alice, bob, carol, createStory, dave, kitchen, mallory, personOf, rotationOf, saidBy, type Person
} from '../../testing/membership-story.ts'
import { computeRecipients, type Operation } from './operations.ts'
import { claimsOf } from './membership.ts'
import { memberOf } from './resolve.ts'

describe('Mallory', () => {
  test('who was never let in can do nothing', () => {
    const story = createStory()
    story.create(alice, 'Kitchen')
    const link = story.invite(alice)
    story.add(alice, bob, link)
    const before = saidBy(story.resolve())
    story.add(mallory, mallory, link)
    story.add(mallory, dave, story.invite(mallory))
    story.remove(mallory, bob)
    story.revoke(mallory, link)
    story.rotate(mallory)
    story.write(mallory, { type: 'profile', name: 'Alice' })
    story.write(mallory, { type: 'unknown' })
    expect(saidBy(story.resolve())).toEqual(before)
  })

  test('cannot make herself owner: not by a role, not by an invitation, not by letting herself in again', () => {
    const story = kitchen()
    const ownerLink = story.invite(mallory, { role: 'owner' })
    story.add(mallory, mallory, ownerLink, { role: 'owner' })
    story.add(mallory, mallory, story.link, { role: 'owner' })
    story.add(mallory, dave, story.link, { role: 'owner' })
    expect(memberOf(story.resolve(), mallory.device)?.role).toBe('member')
    expect(story.names()).not.toContain('Dave')
    expect([...story.resolve().invites.keys()].length).toBe(1)
  })

  test('who is a member cannot remove the owner, another member, or herself', () => {
    const story = kitchen()
    for (const target of [alice, bob, mallory]) story.remove(mallory, target)
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol', 'Mallory'])
    expect(story.resolve().removals).toEqual([])
  })

  test('cannot let somebody in by an invitation that is not there or does not give the role', () => {
    const story = kitchen()
    const phantom: Operation = { ...story.link, body: { ...story.link.body as { type: 'invite' }, inviteId: 'ff'.repeat(16) } as Operation['body'] }
    story.add(mallory, dave, phantom)
    expect(story.names()).not.toContain('Dave')
  })

  test('cannot claim the phone of Carol as that of a person of her own', () => {
    const story = kitchen()
    const claimed = { ...personOf('Eve'), record: { ...personOf('Eve').record, device: carol.device } }
    story.add(mallory, claimed, story.link)
    const membership = story.resolve()
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol', 'Mallory'])
    expect(membership.authors.get(carol.devTag)).toEqual({ user: carol.user, name: 'Carol', device: carol.device })
    expect(memberOf(membership, carol.device)?.user).toBe(carol.user)
  })

  test('cannot undo that a device was put out, or its person banned, by certifying it with an account of her own', () => {
    const story = kitchen()
    const laptop = personOf('Bob', 'Bob\'s laptop')
    story.addDevice(bob, laptop)
    const claimed = (of: Person): Person => {
      const user = '00'.repeat(32) as Person['user']
      return { ...of, user, record: { ...of.record, user } }
    }
    for (const of of [bob, carol]) story.addDevice(mallory, claimed(of), { after: [story.settled] })
    story.removeDevice(laptop, bob)
    story.remove(alice, carol, { isBan: true })
    expect(story.resolve().memberOf(bob.device)).toBeNull()
    expect(story.names()).toEqual(['Alice', 'Bob', 'Mallory'])
  })

  test('cannot give Bob his old key again by bringing what was certified once', () => {
    const story = kitchen()
    const encryptionKey = new Uint8Array(32).fill(9)
    story.write(bob, { type: 'enckey', encryptionKey })
    story.addDevice(mallory, bob)
    story.add(mallory, bob, story.link)
    expect(story.resolve().members.get(bob.user)?.devices.get(bob.device)?.encryptionKey).toEqual(encryptionKey)
  })

  test('cannot take an epoch by naming its rotation again from the past', async () => {
    const story = kitchen()
    const rotation = { ...rotationOf('without Bob'), recipients: await computeRecipients([alice, carol, mallory].map(({ device }) => device).sort()) }
    const removal = story.remove(alice, bob, { rotation })
    story.rotate(mallory, { rotation, after: [story.settled] })
    expect(story.resolve().epochs.filter(({ epochId }) => epochId === rotation.epochId).flatMap(claimsOf).map(({ operation }) => operation)).toEqual([removal.id])
    expect(story.resolve().epochs.at(-1)).toMatchObject({ isOpen: true })
  })

  test('cannot close the newest epoch by claiming it from the past, for those who were in then', async () => {
    const story = kitchen()
    const rotation = { ...rotationOf('without Bob'), recipients: await computeRecipients([alice, carol, mallory].map(({ device }) => device).sort()) }
    const removal = story.remove(alice, bob, { rotation })
    const recipients = await computeRecipients([alice, bob, carol, mallory].map(({ device }) => device).sort())
    const claims = [1, 2].map(() => story.rotate(mallory, { rotation: { ...rotation, recipients }, after: [story.settled] }))
    const newest = story.resolve().epochs.at(-1)!
    expect(newest).toMatchObject({ operation: removal.id, isOpen: true })
    expect(newest.others?.map(({ operation }) => operation)).toEqual([claims[0]!.id])
  })

  test('cannot make an old epoch new by naming it again', async () => {
    const story = kitchen()
    const everyone = await computeRecipients([alice, bob, carol, mallory].map(({ device }) => device).sort())
    const made = story.rotate(alice, { rotation: { ...rotationOf('old'), recipients: everyone } })
    story.remove(alice, bob)
    const recipients = await computeRecipients([alice, carol, mallory].map(({ device }) => device).sort())
    story.rotate(mallory, { rotation: { ...rotationOf('old'), recipients } })
    const [old] = story.resolve().epochs.filter(({ epochId }) => epochId === rotationOf('old').epochId)
    expect(old).toMatchObject({ operation: made.id, isOpen: false })
    expect(old?.others).toBeUndefined()
  })

  test('cannot claim it after Carol was removed either: what Carol wrote stays hers', () => {
    const story = kitchen()
    story.remove(alice, carol, { cuts: [{ devTag: carol.devTag, seq: 1 }] })
    const claimed = { ...personOf('Eve'), record: { ...personOf('Eve').record, device: carol.device } }
    story.add(mallory, claimed, story.link)
    expect(story.resolve().authors.get(carol.devTag)?.user).toBe(carol.user)
    expect(story.resolve().cuts.get(carol.devTag)).toBe(1)
  })

  test('cannot write in the past of before she was let in', () => {
    const story = kitchen()
    story.invite(mallory, {}, { after: [story.link] })
    expect(story.resolve().invites.size).toBe(1)
  })
})
