import { describe, expect, it } from 'vitest'
import type { RoomTag } from '#shared/ids.ts'
import { atTestNode } from './testing/at-test-node.ts'
import { until, type Person } from './testing/people.ts'

const here = atTestNode()
const { arrive, comeBack } = here

async function linkTo (person: Person, tag: RoomTag, options = {}): Promise<{ link: string, id: string }> {
  const invite = person.room(tag).entry.invite.value
  if (invite === null) throw new Error('may not invite')
  return await invite(options)
}

async function kitchen (): Promise<{ alice: Person, bob: Person, tag: RoomTag, link: string }> {
  const [alice, bob] = [await arrive('Alice'), await arrive('Bob')]
  const tag = await alice.client.createRoom({ name: 'Kitchen' })
  await alice.say(tag, 'before you came')
  const { link } = await linkTo(alice, tag)
  expect(await bob.join(link)).toMatchObject({ status: 'joined', roomTag: tag })
  return { alice, bob, tag, link }
}

const isDirect = (person: Person, tag: RoomTag) =>
  until(person.room(tag).people.members, (members) => members.some((member) => !member.isMe && member.link === 'direct'), 'a direct link')

describe('a conversation', () => {
  it('starts by a link, shows what was said before, and tells what has arrived', async () => {
    const { alice, bob, tag } = await kitchen()
    await bob.sees(tag, 'before you came')
    await alice.sees(tag, 'before you came', 'delivered')
    await bob.say(tag, 'hello')
    await alice.sees(tag, 'hello')
    await bob.sees(tag, 'hello', 'delivered')
    expect(alice.texts(tag)).toEqual(bob.texts(tag))
  })

  it('is reached directly, with a name that the node has verified', async () => {
    const { alice, bob, tag } = await kitchen()
    await isDirect(alice, tag)
    const members = await until(bob.room(tag).people.members, (all) => all.every((member) => member.nameMark === null), 'confirmed names')
    expect(members.map((member) => member.name).sort()).toEqual([alice.name, bob.name].sort())
  })

  it('goes on while the node is dead, and everything reconnects when it is back', async () => {
    const { alice, bob, tag } = await kitchen()
    await isDirect(alice, tag)
    await isDirect(bob, tag)
    await here.node.kill()
    await until(alice.client.connection, ({ node: status }) => status !== 'online', 'the loss is noticed')
    await alice.say(tag, 'the node is gone')
    await bob.sees(tag, 'the node is gone')
    await bob.say(tag, 'and we are not')
    await alice.sees(tag, 'and we are not')
    await here.node.start()
    for (const person of [alice, bob]) await until(person.client.connection, ({ node: status }) => status === 'online', 'back online')
  })

  it('counts what is unread, once, and keeps it over a restart', async () => {
    const { alice, bob, tag } = await kitchen()
    await bob.sees(tag, 'before you came')
    expect(bob.room(tag).summary.value.unread).toBe(0)
    await alice.say(tag, 'one')
    await alice.say(tag, 'two')
    await until(bob.room(tag).summary, ({ unread }) => unread === 2, 'two unread')
    await bob.leave()
    const again = await comeBack(bob)
    expect(again.room(tag).summary.value.unread).toBe(2)
    await again.room(tag).messages.markRead()
    expect(again.room(tag).summary.value.unread).toBe(0)
  })

  it('is still there after a restart, signed in, also while the node is down', async () => {
    const { alice, tag } = await kitchen()
    await alice.leave()
    await here.node.kill()
    const again = await comeBack(alice)
    expect(again.client.account.value).toMatchObject({ status: 'signed-in' })
    await again.sees(tag, 'before you came')
    await again.say(tag, 'said while offline')
    await again.sees(tag, 'said while offline', 'sending')
    await here.node.start()
    await until(again.client.connection, ({ node: status }) => status === 'online', 'back online')
  })

  it('tells who was away what was missed, by whoever is there', async () => {
    const { alice, bob, tag } = await kitchen()
    await bob.sees(tag, 'before you came')
    await bob.leave()
    for (let i = 0; i < 20; i++) await alice.say(tag, `missed ${i}`)
    const again = await comeBack(bob)
    await again.sees(tag, 'missed 19')
    await alice.sees(tag, 'missed 0', 'delivered')
    expect(again.texts(tag)).toEqual(alice.texts(tag))
  })
})

describe('an invite link', () => {
  it('is refused with the reason when it was revoked', async () => {
    const { alice, tag } = await kitchen()
    const carol = await arrive('Carol')
    const { link, id } = await linkTo(alice, tag)
    await alice.room(tag).entry.revokeInvite(id as never)
    expect(await carol.join(link)).toMatchObject({ status: 'failed', error: { code: 'invite-revoked' } })
  })

  it('is refused with the reason when it has expired or was used up', async () => {
    const { alice, tag } = await kitchen()
    const [carol, dave] = [await arrive('Carol'), await arrive('Dave')]
    const expired = await linkTo(alice, tag, { expiresInMs: -1000 })
    expect(await carol.join(expired.link)).toMatchObject({ status: 'failed', error: { code: 'invite-expired' } })
    const once = await linkTo(alice, tag, { maxUses: 1 })
    expect(await carol.join(once.link)).toMatchObject({ status: 'joined' })
    expect(await dave.join(once.link)).toMatchObject({ status: 'failed', error: { code: 'invite-used-up' } })
  })

  it('waits while nobody is there, and is used as soon as somebody comes', async () => {
    const { alice, bob, tag } = await kitchen()
    const { link } = await linkTo(alice, tag, { worksOffline: false })
    await alice.leave()
    await bob.leave()
    const carol = await arrive('Carol')
    const attempt = carol.client.join(link)
    await until(attempt.state, ({ status }) => status === 'waiting-for-members', 'waiting')
    await comeBack(alice)
    await until(attempt.state, ({ status }) => status === 'joined', 'joined')
    await carol.sees(tag, 'before you came')
  })

  it('that is broken or of another node is refused before anything is asked', async () => {
    const alice = await arrive('Alice')
    for (const [link, code] of [['nonsense', 'invite-malformed'], ['https://other.example/join#v9.x', 'invite-version']] as const) {
      expect(alice.client.join(link).state.value).toMatchObject({ status: 'failed', error: { code } })
    }
  })
})

describe('a removed member', () => {
  it('reads nothing that is said after the removal, and stays attributable', async () => {
    const { alice, bob, tag } = await kitchen()
    await bob.say(tag, 'my last words')
    await alice.sees(tag, 'my last words')
    const bobsKey = alice.room(tag).people.members.value.find((member) => !member.isMe)
    const kick = bobsKey === undefined ? null : alice.room(tag).people.actions.value.get(bobsKey.user)?.kick
    if (kick == null) throw new Error('Alice is the owner')
    await kick()
    await until(bob.room(tag).summary, ({ isMember }) => !isMember, 'Bob knows')
    expect(bob.room(tag).messages.send.value).toBeNull()
    await alice.say(tag, 'between us')
    await alice.sees(tag, 'between us')
    expect(alice.texts(tag)).toContain('my last words')
    expect((await alice.sees(tag, 'my last words')).authorName).toBe(bob.name)
    expect(bob.texts(tag)).not.toContain('between us')
  })
})

describe('a profile', () => {
  it('is open in one window at a time, and can be taken over', async () => {
    const { alice, tag } = await kitchen()
    const second = await comeBack(alice)
    const blocked = second.client.account.value
    expect(blocked).toMatchObject({ status: 'blocked', error: { code: 'other-window' } })
    if (blocked.status !== 'blocked') return
    await blocked.takeOver?.()
    await second.sees(tag, 'before you came')
    await until(alice.client.account, ({ status }) => status === 'blocked', 'the first window gives way')
  })

  it('is erased by signing out', async () => {
    const { alice } = await kitchen()
    await alice.client.signOut()
    expect(alice.client.account.value).toEqual({ status: 'signed-out' })
    expect(alice.client.rooms.value).toBeNull()
  })

  it('rejects what is too long, empty or malformed, and keeps the draft', async () => {
    const { alice, tag } = await kitchen()
    alice.room(tag).messages.setDraft('not yet')
    await expect(alice.say(tag, '  ')).rejects.toMatchObject({ code: 'message-empty' })
    await expect(alice.say(tag, 'x'.repeat(10_001))).rejects.toMatchObject({ code: 'message-too-long' })
    await expect(alice.client.createRoom({ name: ' ' })).rejects.toMatchObject({ code: 'room-name-malformed' })
    expect(alice.room(tag).messages.draft.value).toBe('not yet')
  })
})

