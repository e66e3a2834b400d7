import { describe, expect, test } from 'vitest'
import type { RoomTag } from '#shared/ids.ts'
import { alice, bob, carol, createStory, dave, kitchen, mallory, personOf, TODAY, type Person, type Story } from '../../testing/membership-story.ts'
import { ROLES, type Operation, type Role } from './operations.ts'

const frank = personOf('Frank')
const everybody = new Map<Role, Person>([['owner', alice], ['admin', bob], ['moderator', carol], ['member', dave], ['observer', mallory]])
const of = (role: Role): Person => everybody.get(role)!

/** Alice's house with somebody of each role in it, and two of each lower one as targets. */
function house (): Story & { link: Operation } {
  const story = createStory()
  story.create(alice, 'House')
  const link = story.invite(alice)
  for (const role of ROLES.slice(0, 4)) {
    story.add(alice, of(role), link)
    story.role(alice, of(role), role)
  }
  return { ...story, link }
}

/** Who of the five could do it, each in a house of their own. */
function whoCan (act: (story: Story & { link: Operation }, actor: Person) => Operation): Role[] {
  return ROLES.filter((role) => {
    const story = house()
    const before = story.resolve()
    const operation = act(story, of(role))
    const after = story.resolve()
    return after.heads.includes(operation.id) && !before.heads.includes(operation.id)
  })
}

describe('the table of rights', () => {
  test('has everybody in their role to begin with', () => {
    const story = house()
    for (const role of ROLES) expect(story.roleOf(of(role))).toBe(role)
  })

  test.each<[string, Role[], (story: Story & { link: Operation }, actor: Person) => Operation]>([
    ['invite members', ['member', 'moderator', 'admin', 'owner'], (story, actor) => story.invite(actor)],
    ['invite moderators', ['admin', 'owner'], (story, actor) => story.invite(actor, { role: 'moderator' })],
    ['invite admins', ['owner'], (story, actor) => story.invite(actor, { role: 'admin' })],
    ['invite owners', [], (story, actor) => story.invite(actor, { role: 'owner' })],
    ['invite observers', ['member', 'moderator', 'admin', 'owner'], (story, actor) => story.invite(actor, { role: 'observer' })],
    ['admit by an open invitation', ['observer', 'member', 'moderator', 'admin', 'owner'], (story, actor) => story.add(actor, frank, story.link)],
    ['admit who needs approval', ['moderator', 'admin', 'owner'], (story, actor) => story.add(actor, frank, story.invite(alice, { needsApproval: true }))],
    ['invite where only moderators may', ['moderator', 'admin', 'owner'], (story, actor) => {
      story.policy(alice, { invites: 'moderators' })
      return story.invite(actor)
    }],
    ['revoke somebody\'s invitation', ['moderator', 'admin', 'owner'], (story, actor) => story.revoke(actor, story.link)],
    ['remove an observer', ['moderator', 'admin', 'owner'], (story, actor) => story.remove(actor, guest(story, 'observer'))],
    ['remove a member', ['moderator', 'admin', 'owner'], (story, actor) => story.remove(actor, guest(story, 'member'))],
    ['remove a moderator', ['admin', 'owner'], (story, actor) => story.remove(actor, guest(story, 'moderator'))],
    ['remove an admin', ['owner'], (story, actor) => story.remove(actor, guest(story, 'admin'))],
    ['remove an owner', ['owner'], (story, actor) => story.remove(actor, guest(story, 'owner'))],
    ['ban a member', ['moderator', 'admin', 'owner'], (story, actor) => story.remove(actor, guest(story, 'member'), { isBan: true })],
    ['ban who is not there', ['moderator', 'admin', 'owner'], (story, actor) => story.remove(actor, frank, { isBan: true })],
    ['kick who is not there', [], (story, actor) => story.remove(actor, frank)],
    ['lift a ban by the owner', ['owner'], (story, actor) => {
      story.remove(alice, frank, { isBan: true })
      return story.unban(actor, frank)
    }],
    ['lift a ban by a moderator', ['moderator', 'admin', 'owner'], (story, actor) => {
      story.remove(carol, frank, { isBan: true })
      return story.unban(actor, frank)
    }],
    ['lift a ban that is none', [], (story, actor) => story.unban(actor, frank)],
    ['mute a member', ['moderator', 'admin', 'owner'], (story, actor) => story.mute(actor, guest(story, 'member'), TODAY)],
    ['mute a moderator', ['admin', 'owner'], (story, actor) => story.mute(actor, guest(story, 'moderator'), TODAY)],
    ['mute who is not there', [], (story, actor) => story.mute(actor, frank, TODAY)],
    ['slow the room down', ['moderator', 'admin', 'owner'], (story, actor) => story.policy(actor, { slowModeMs: 5 })],
    ['change how long messages are kept', ['admin', 'owner'], (story, actor) => story.policy(actor, { retentionMs: 5 })],
    ['change what newcomers read', ['admin', 'owner'], (story, actor) => story.policy(actor, { history: 'since-joining', slowModeMs: 5 })],
    ['rename the room', ['admin', 'owner'], (story, actor) => story.rename(actor, 'Villa')],
    ['announce a party room', ['admin', 'owner'], (story, actor) => story.party(actor, '77'.repeat(16) as RoomTag)],
    ['make a member a moderator', ['admin', 'owner'], (story, actor) => story.role(actor, guest(story, 'member'), 'moderator')],
    ['make a member an admin', ['owner'], (story, actor) => story.role(actor, guest(story, 'member'), 'admin')],
    ['make a member an owner', ['owner'], (story, actor) => story.role(actor, guest(story, 'member'), 'owner')],
    ['make a moderator a member', ['admin', 'owner'], (story, actor) => story.role(actor, guest(story, 'moderator'), 'member')],
    ['make an admin a member', ['owner'], (story, actor) => story.role(actor, guest(story, 'admin'), 'member')],
    ['confirm a member as what they are', ['admin', 'owner'], (story, actor) => story.role(actor, guest(story, 'member'), 'member')],
    ['give a role to who is not there', [], (story, actor) => story.role(actor, frank, 'observer')],
    ['make an owner a member', ['owner'], (story, actor) => story.role(actor, guest(story, 'owner'), 'member')],
    ['rotate', [...ROLES], (story, actor) => story.rotate(actor)],
    ['carry another device of a member', [...ROLES], (story, actor) => story.addDevice(actor, personOf('Alice', 'Alice\'s laptop'))],
    ['carry a device of nobody\'s', [], (story, actor) => story.addDevice(actor, frank)],
    ['revoke a device of a member', ['moderator', 'admin', 'owner'], (story, actor) => story.removeDevice(actor, guest(story, 'member'))],
    ['leave', [...ROLES], (story, actor) => story.leave(actor)],
    ['leave with a rotation, whose key they would know', [], (story, actor) => story.remove(actor, actor)]
  ])('%s: %j', (_, roles, act) => {
    expect(whoCan(act)).toEqual(roles)
  })

  test('is the one that people are shown', () => {
    const story = house()
    const { rightsOf } = { rightsOf: (person: Person) => story.resolve().rightsOf(person.user) }
    expect(ROLES.map((role) => rightsOf(of(role)).canWrite)).toEqual([false, true, true, true, true])
    expect(ROLES.map((role) => rightsOf(of(role)).inviteRoles.length)).toEqual([0, 2, 2, 3, 4])
    expect(ROLES.map((role) => rightsOf(of(role)).canApprove)).toEqual([false, false, true, true, true])
    expect(ROLES.map((role) => rightsOf(of(role)).canAdminister)).toEqual([false, false, false, true, true])
    expect(ROLES.map((role) => rightsOf(of(role)).mayKick(dave.user))).toEqual([false, false, true, true, true])
    expect(ROLES.map((role) => rightsOf(of(role)).mayActOn(carol.user))).toEqual([false, false, false, true, true])
    expect(rightsOf(bob).rolesFor(dave.user)).toEqual(['observer', 'moderator'])
    expect(rightsOf(alice).rolesFor(bob.user)).toEqual(['observer', 'member', 'moderator', 'owner'])
    expect(rightsOf(alice).rolesFor(alice.user)).toEqual([])
    expect(rightsOf(frank)).toMatchObject({ role: null, canWrite: false, canAdmit: false, inviteRoles: [] })
  })

  test('a second owner may step down, the last one may not', () => {
    const story = house()
    story.role(alice, alice, 'member')
    expect(story.roleOf(alice)).toBe('owner')
    story.role(alice, bob, 'owner')
    story.role(alice, alice, 'member')
    expect(story.roleOf(alice)).toBe('member')
  })
})

/** Another person of a role, let in by Alice. */
function guest (story: Story & { link: Operation }, role: Role): Person {
  const person = personOf(`Guest ${role}`)
  story.add(alice, person, story.link)
  if (role !== 'member') story.role(alice, person, role)
  return person
}

describe('who leaves', () => {
  test('as the last owner hands the room to the highest, and of those to who was there first', () => {
    const story = house()
    const second = guest(story, 'admin')
    story.leave(alice)
    expect(story.roleOf(alice)).toBeNull()
    expect(story.roleOf(bob)).toBe('owner')
    expect(story.roleOf(second)).toBe('admin')
    story.leave(bob)
    expect(story.roleOf(second)).toBe('owner')
    story.role(second, carol, 'owner')
    expect([story.roleOf(second), story.roleOf(carol)]).toEqual(['owner', 'owner'])
  })

  test('at the same moment as the other owner leaves an owner behind', () => {
    const story = house()
    const settled = [story.role(alice, bob, 'owner')]
    story.leave(alice, { after: settled })
    story.leave(bob, { after: settled })
    expect(story.names()).toEqual(['Carol', 'Dave', 'Mallory'])
    expect(story.roleOf(carol)).toBe('owner')
  })

  test('takes back nothing of what they did, and is told apart from who was removed', () => {
    const story = kitchen()
    story.add(bob, dave, story.link, { after: [story.settled] })
    story.leave(bob, { after: [story.settled] })
    story.remove(alice, carol)
    expect(story.names()).toEqual(['Alice', 'Dave', 'Mallory'])
    expect([...story.resolve().departed]).toEqual([[bob.user, 'left'], [carol.user, 'removed']])
  })

  test('can come in again by an invitation', () => {
    const story = kitchen()
    story.leave(bob)
    story.add(alice, bob, story.link)
    expect(story.roleOf(bob)).toBe('member')
    expect(story.resolve().departed.size).toBe(0)
  })

  test('leaves epochs behind that are no longer sent in', () => {
    const story = kitchen()
    story.leave(bob)
    expect(story.resolve().epochs.every(({ isOpen }) => !isOpen)).toBe(true)
  })
})

describe('a ban', () => {
  test('keeps out until it is lifted, also of who had not been in', () => {
    const story = kitchen()
    story.remove(alice, bob, { isBan: true })
    story.remove(alice, dave, { isBan: true })
    story.add(carol, bob, story.link)
    story.add(carol, dave, story.link)
    expect(story.names()).toEqual(['Alice', 'Carol', 'Mallory'])
    expect([...story.resolve().bans]).toEqual([[bob.user, 'Bob'], [dave.user, null]])
    story.unban(alice, bob)
    story.add(carol, bob, story.link)
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol', 'Mallory'])
  })

  test('beats an admission and its own lifting at the same moment', () => {
    const story = kitchen()
    const banned = story.remove(alice, bob, { isBan: true })
    const lifted = story.unban(alice, bob, { after: [banned] })
    story.add(carol, bob, story.link, { after: [lifted] })
    story.remove(alice, dave, { isBan: true, after: [story.settled] })
    story.add(carol, dave, story.link, { after: [story.settled] })
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol', 'Mallory'])
  })
})

describe('a direct room', () => {
  const bobsLaptop = personOf('Bob', 'Bob\'s laptop')
  const direct = (): Story => {
    const story = createStory()
    story.create(alice, 'Bob', { kind: 'direct', peer: bob.user })
    return story
  }

  test('lets in the other person only, on any device, by its creator', () => {
    const story = direct()
    story.add(alice, carol, null)
    story.add(alice, bob, null)
    story.add(alice, bobsLaptop, null)
    story.add(bob, carol, null)
    expect(story.names()).toEqual(['Alice', 'Bob'])
    expect(story.resolve().members.get(bob.user)?.devices.size).toBe(2)
    expect(story.resolve()).toMatchObject({ kind: 'direct', peer: bob.user })
  })

  test('has nobody above the other: no invitations, removals, mutes or roles', () => {
    const story = direct()
    story.add(alice, bob, null)
    const { heads } = story.resolve()
    story.invite(alice)
    story.remove(alice, bob)
    story.mute(alice, bob, TODAY)
    story.role(alice, bob, 'observer')
    story.removeDevice(alice, bob)
    expect(story.resolve().heads).toEqual(heads)
    story.policy(bob, { retentionMs: 5 })
    expect(story.resolve().policy.retentionMs).toBe(5)
    story.leave(bob)
    expect(story.names()).toEqual(['Alice'])
  })

  test('is with somebody else, and not part of another room', () => {
    for (const said of [{ kind: 'direct' as const }, { kind: 'direct' as const, peer: alice.user }, { kind: 'party' as const }, { peer: bob.user }, { parent: '77'.repeat(16) as RoomTag }]) {
      const story = createStory()
      story.create(alice, 'Odd', said)
      expect(story.resolve().name).toBeNull()
    }
  })

  test('is no way to let somebody into a group without proof', () => {
    const story = kitchen()
    story.add(alice, dave, null)
    expect(story.names()).not.toContain('Dave')
  })
})

describe('devices', () => {
  const laptop = personOf('Bob', 'Bob\'s laptop')

  test('of a member are let in by any member, and act as that member', () => {
    const story = kitchen()
    story.addDevice(mallory, laptop)
    story.add(laptop, dave, story.link)
    expect(story.names()).toContain('Dave')
  })

  test('that were revoked never come in again, by themselves, a member, or a link', () => {
    const story = kitchen()
    story.addDevice(bob, laptop)
    const revoked = story.removeDevice(bob, laptop, { cut: 3 })
    story.addDevice(alice, laptop)
    story.add(alice, laptop, story.link)
    story.rotate(laptop)
    expect(story.resolve().heads).toEqual([revoked.id])
    story.remove(alice, bob)
    story.add(alice, bob, story.link)
    story.addDevice(bob, laptop)
    expect([...story.resolve().members.get(bob.user)!.devices.keys()]).toEqual([bob.device])
    expect(story.resolve().cuts.get(laptop.devTag)).toBe(3)
  })

  test('that went with their person come back with them, each let in anew', () => {
    const story = kitchen()
    story.addDevice(bob, laptop)
    story.remove(alice, bob)
    story.add(alice, laptop, story.link)
    expect([...story.resolve().members.get(bob.user)!.devices.keys()]).toEqual([laptop.device])
    story.addDevice(laptop, bob)
    expect(story.resolve().members.get(bob.user)?.devices.size).toBe(2)
  })

  test('cannot revoke themselves, nor be revoked by a stranger', () => {
    const story = kitchen()
    const { heads } = story.resolve()
    story.removeDevice(bob, bob)
    story.removeDevice(mallory, bob)
    expect(story.resolve().heads).toEqual(heads)
  })

  test('that revoke each other are both out: their person comes in with a new one', () => {
    const story = kitchen()
    const added = story.addDevice(bob, laptop)
    story.removeDevice(laptop, bob, { after: [added] })
    story.removeDevice(bob, laptop, { after: [added] })
    expect(story.resolve().members.get(bob.user)!.devices.size).toBe(0)
    const tablet = personOf('Bob', 'Bob\'s tablet')
    story.addDevice(alice, tablet)
    expect([...story.resolve().members.get(bob.user)!.devices.keys()]).toEqual([tablet.device])
  })

  test('whose thief acts at the moment they are revoked have done nothing but let in who has a link', () => {
    const story = kitchen()
    const added = story.addDevice(bob, laptop)
    story.invite(laptop, {}, { after: [added] })
    story.rotate(laptop, { after: [added] })
    story.add(laptop, dave, story.link, { after: [added] })
    story.removeDevice(bob, laptop, { after: [added] })
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol', 'Dave', 'Mallory'])
    expect(story.resolve().invites.size).toBe(1)
    expect(story.resolve().epochs.length).toBe(2)
  })

  test('that are put out have not left for their person either', () => {
    const story = kitchen()
    const added = story.addDevice(bob, laptop)
    story.leave(laptop, { after: [added] })
    story.removeDevice(bob, laptop, { after: [added] })
    expect(story.names()).toEqual(['Alice', 'Bob', 'Carol', 'Mallory'])
  })

  test('take a new encryption key, and what was sent before is sent in no longer', () => {
    const story = kitchen()
    const encryptionKey = new Uint8Array(32).fill(9)
    const before = story.resolve().members
    story.write(bob, { type: 'enckey', encryptionKey })
    for (const other of [alice, carol, mallory]) expect(story.resolve().members.get(other.user)).toEqual(before.get(other.user))
    expect(story.resolve().members.get(bob.user)?.devices.get(bob.device)?.encryptionKey).toEqual(encryptionKey)
    expect(story.resolve().epochs.some(({ isOpen }) => isOpen)).toBe(false)
  })
})
