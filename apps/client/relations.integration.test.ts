/** Rooms that belong to other rooms: conversations of two, and party rooms. Real clients at a real node. */
import { describe, expect, it, vi } from 'vitest'
import type { RoomTag, UserKey } from '#shared/ids.ts'
import { atTestNode } from './testing/at-test-node.ts'
import { until, type Person } from './testing/people.ts'

// Each of these is a whole story of people who come and go.
vi.setConfig({ testTimeout: 90_000 })

const here = atTestNode()
const { arrive, comeBack } = here

const keyOf = (person: Person): UserKey => {
  const state = person.client.account.value
  if (state.status !== 'signed-in') throw new Error('signed out')
  return state.account.userKey
}

async function kitchen (): Promise<{ alice: Person, bob: Person, tag: RoomTag }> {
  const [alice, bob] = [await arrive('Alice'), await arrive('Bob')]
  const tag = await alice.client.createRoom({ name: 'Kitchen' })
  await admit(alice, bob, tag)
  return { alice, bob, tag }
}

async function admit (inviter: Person, joiner: Person, tag: RoomTag): Promise<void> {
  const invite = inviter.room(tag).entry.invite.value
  if (invite === null) throw new Error('may not invite')
  expect(await joiner.join((await invite()).link)).toMatchObject({ status: 'joined' })
  await until(joiner.room(tag).summary, ({ standing }) => standing === 'member', `${joiner.name} is a member`)
}

async function talkTo (person: Person, other: Person): Promise<RoomTag> {
  const open = person.client.openDirect.value
  if (open === null) throw new Error('cannot write to anybody')
  return await open(keyOf(other))
}

/** Waits until somebody asks this person for a conversation, and says yes. */
async function accept (person: Person, from: Person): Promise<RoomTag> {
  const requests = await until(person.client.requests, (all) => all.some(({ user }) => user === keyOf(from)), `${person.name} is asked`)
  const request = requests.find(({ user }) => user === keyOf(from))
  if (request === undefined) throw new Error('unreachable')
  return await request.accept()
}

const isListed = (person: Person, tag: RoomTag) =>
  until(person.client.rooms, (rooms) => rooms?.some((room) => room.tag === tag && room.standing === 'member') ?? false, `${person.name} has the room`)

describe('a conversation of two', () => {
  it('is begun by one, found by the other, and named after each other', async () => {
    const { alice, bob } = await kitchen()
    const tag = await talkTo(alice, bob)
    await alice.say(tag, 'between us')
    expect(await accept(bob, alice)).toBe(tag)
    await isListed(bob, tag)
    expect(bob.client.requests.value).toEqual([])
    await bob.sees(tag, 'between us')
    expect(alice.room(tag).summary.value).toMatchObject({ kind: 'direct', name: bob.name, peer: keyOf(bob) })
    expect(bob.room(tag).summary.value).toMatchObject({ kind: 'direct', name: alice.name, peer: keyOf(alice) })
    expect(bob.room(tag).entry.invite.value).toBeNull()
    await bob.say(tag, 'and nobody else')
    await alice.sees(tag, 'and nobody else')
    expect(await talkTo(bob, alice)).toBe(tag)
  })

  it('is a request until it is accepted: no room, no news, and nothing of it after the other was blocked', async () => {
    const { alice, bob, tag: shared } = await kitchen()
    const heard: string[] = []
    bob.client.events.on('message-received', ({ text }) => heard.push(text))
    const tag = await talkTo(alice, bob)
    await alice.say(tag, 'psst')
    const [request] = await until(bob.client.requests, (all) => all.length === 1, 'asked')
    expect(request).toMatchObject({ user: keyOf(alice), name: alice.name, nameMark: null, roomName: 'Kitchen', isLater: false })
    await alice.say(shared, 'after the offer')
    await bob.sees(shared, 'after the offer')
    expect(bob.client.rooms.value?.map((room) => room.tag)).toEqual([shared])
    expect(bob.client.room(tag)).toBeNull()
    expect(heard).toEqual(['after the offer'])

    // The request is there again after a restart, and gone for good once its sender is blocked.
    await bob.leave()
    const back = await comeBack(bob)
    const [again] = await until(back.client.requests, (all) => all.length === 1, 'still asked')
    await again?.block()
    expect(back.client.requests.value).toEqual([])
    expect([...back.client.privacy.value?.blocked.value ?? []]).toEqual([keyOf(alice)])
  })

  it('is accepted by writing to the one who asked', async () => {
    const { alice, bob, tag: shared } = await kitchen()
    const tag = await talkTo(alice, bob)
    await alice.say(shared, 'after the offer')
    await until(bob.client.requests, (all) => all.length === 1, 'asked')
    expect(await talkTo(bob, alice)).toBe(tag)
    await isListed(bob, tag)
  })

  it('reaches somebody who was away, when nobody else is there any more', async () => {
    const { alice, bob, tag: shared } = await kitchen()
    await bob.leave()
    const tag = await talkTo(alice, bob)
    await alice.say(tag, 'while you were away')
    for (const room of [shared, tag]) await until(alice.room(room).messages.keptAtNode, (kept) => kept, 'kept at the node')
    await alice.leave()
    const again = await comeBack(bob)
    await accept(again, alice)
    await isListed(again, tag)
    await again.sees(tag, 'while you were away')
    await again.say(tag, 'I have read it')
  })

  it('that both have begun becomes one', async () => {
    const { alice, bob, tag: shared } = await kitchen()
    await alice.leave()
    const bobs = await talkTo(bob, alice)
    await bob.say(bobs, 'from Bob')
    // Bob is gone before his offer can reach anybody but the node, and that is away: Alice begins another one.
    await until(bob.room(shared).messages.keptAtNode, (kept) => kept, 'kept at the node')
    await until(bob.room(bobs).messages.keptAtNode, (kept) => kept, 'kept at the node')
    await bob.leave()
    await here.node.kill()
    const alone = await comeBack(alice)
    const alices = await talkTo(alone, bob)
    await alone.say(alices, 'from Alice')
    expect(alices).not.toBe(bobs)
    await here.node.start()
    const back = await comeBack(bob)
    for (const person of [alone, back]) for (const tag of [alices, bobs]) await isListed(person, tag)
    const [main, other] = [alices, bobs].sort()
    if (main === undefined || other === undefined) throw new Error('unreachable')
    for (const [person, partner] of [[alone, back], [back, alone]] as const) {
      expect(await talkTo(person, partner)).toBe(main)
      await until(person.room(other).messages.send, (send) => send === null, 'the other one is only read')
      await person.sees(alices, 'from Alice')
      await person.sees(bobs, 'from Bob')
    }
    await alone.say(main, 'here')
    await back.sees(main, 'here')
  })

  it('is not possible with somebody who shares no room', async () => {
    const { alice } = await kitchen()
    const carol = await arrive('Carol')
    await expect(talkTo(alice, carol)).rejects.toMatchObject({ code: 'not-found' })
    await expect(talkTo(alice, alice)).rejects.toMatchObject({ code: 'not-found' })
  })

  it('is nothing to the others of the room it was offered in', async () => {
    const { alice, bob, tag: shared } = await kitchen()
    const carol = await arrive('Carol')
    await admit(alice, carol, shared)
    const tag = await talkTo(alice, bob)
    await accept(bob, alice)
    await isListed(bob, tag)
    await alice.say(shared, 'after the offer')
    await carol.sees(shared, 'after the offer')
    expect(carol.client.rooms.value?.map((room) => room.tag)).toEqual([shared])
    expect(carol.client.requests.value).toEqual([])
    expect(carol.texts(shared)).toEqual(['after the offer'])
  })
})

describe('a party room', () => {
  const create = async (person: Person, tag: RoomTag, isOpen: boolean): Promise<RoomTag> => {
    const make = person.room(tag).parties.create.value
    if (make === null) throw new Error('may not make party rooms')
    return await make({ name: 'Balcony', isOpen })
  }

  it('that is open is seen and entered by the members of its parent, and left with it', async () => {
    const { alice, bob, tag } = await kitchen()
    const party = await create(alice, tag, true)
    expect(bob.room(tag).parties.create.value).toBeNull()
    await until(bob.room(tag).parties.rooms, (parties) => parties.some((known) => known.tag === party && known.isOpen && !known.isJoined), 'announced')
    const attempt = bob.room(tag).parties.join(party)
    await until(attempt.state, ({ status }) => status === 'joined', 'joined')
    await until(bob.room(party).summary, ({ standing }) => standing === 'member', 'a member')
    expect(bob.room(party).summary.value).toMatchObject({ kind: 'party', parent: tag, name: 'Balcony' })
    await bob.say(party, 'nice view')
    await alice.sees(party, 'nice view')
    await until(bob.room(tag).parties.rooms, (parties) => parties.some(({ isJoined }) => isJoined), 'joined')

    const remove = alice.room(tag).people.actions.value.get(keyOf(bob))?.kick
    await remove?.()
    await until(alice.room(party).people.members, (members) => members.length === 1, 'gone from the party room too')
    await until(bob.room(party).summary, ({ standing }) => standing === 'removed', 'Bob knows')
  })

  it('does not let in who is no member of the parent, though they have its secret', async () => {
    const { alice, bob, tag } = await kitchen()
    const party = await create(alice, tag, true)
    await until(bob.room(tag).parties.rooms, (parties) => parties.length === 1, 'announced')
    await alice.room(tag).people.actions.value.get(keyOf(bob))?.kick?.()
    await until(bob.room(tag).summary, ({ standing }) => standing === 'removed', 'Bob knows')
    const attempt = bob.room(tag).parties.join(party)
    await until(attempt.state, (state) => state.status === 'failed' && state.error.code === 'invite-refused', 'refused')
    expect(alice.room(party).people.members.value).toHaveLength(1)
  })

  it('by invitation is seen by those only who were let in', async () => {
    const { alice, bob, tag } = await kitchen()
    const party = await create(alice, tag, false)
    await alice.say(tag, 'there is a balcony')
    await bob.sees(tag, 'there is a balcony')
    expect(bob.room(tag).parties.rooms.value).toEqual([])
    expect(alice.room(tag).parties.rooms.value).toEqual([{ tag: party, name: 'Balcony', isOpen: false, isVoice: false, isJoined: true }])
    await admit(alice, bob, party)
    await until(bob.room(tag).parties.rooms, (parties) => parties.some((known) => known.tag === party && known.isJoined), 'listed')
  })
})

describe('a room that is continued in a new one', () => {
  it('has the same terms, another creator and the same bans, and takes in who was away when it was announced', async () => {
    const { alice, bob, tag } = await kitchen()
    const carol = await arrive('Carol')
    await admit(alice, carol, tag)
    await alice.room(tag).settings.rename.value?.({ topic: 'Lunch' })
    await alice.room(tag).settings.changePolicy.value?.({ slowModeMs: 1000 })
    await until(bob.room(tag).settings.policy, ({ slowModeMs }) => slowModeMs === 1000, 'Bob knows the rules')
    await until(bob.room(tag).people.members, (members) => members.length === 3, 'Bob knows Carol')
    await carol.leave()
    const mallory = await arrive('Mallory')
    await admit(alice, mallory, tag)
    await until(alice.room(tag).people.members, (members) => members.length === 4, 'Mallory is in')
    await alice.room(tag).people.actions.value.get(keyOf(mallory))?.ban?.()
    await until(bob.room(tag).people.bans, (bans) => bans.length === 1, 'Bob knows of the ban')

    const next = await bob.room(tag).settings.continueInNewRoom.value?.({ withBans: true })
    if (next === undefined) throw new Error('Bob cannot continue the room')
    expect(bob.room(next).summary.value).toMatchObject({ name: 'Kitchen', topic: 'Lunch', role: 'owner' })
    expect([bob.room(next).settings.policy.value.slowModeMs, bob.room(next).people.bans.value.map(({ user }) => user)]).toEqual([1000, [keyOf(mallory)]])

    const returned = await comeBack(carol)
    const [seen] = await until(returned.room(tag).settings.continuations, (all) => all.length === 1, 'Carol sees the announcement')
    if (seen === undefined) throw new Error('unreachable')
    expect(seen).toMatchObject({ tag: next, name: 'Kitchen', isJoined: false, isMine: false })
    expect(await mallory.join(seen.link)).toMatchObject({ status: 'failed', error: { code: 'banned' } })
    expect(await returned.join(seen.link)).toMatchObject({ status: 'joined' })
    await until(returned.room(next).summary, ({ standing }) => standing === 'member', 'Carol is in')
    await until(returned.room(tag).settings.continuations, ([one]) => one?.isJoined === true, 'the old room leads there')
    await returned.room(tag).settings.continuations.value[0]?.hide()
    await until(returned.room(tag).settings.continuations, (all) => all.length === 0, 'it is put away')
  })
})
