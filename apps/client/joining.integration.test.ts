/** Ways into a room: while nobody is there, with approval, and all those that must not work. Real clients at a real node. */
import { describe, expect, it, vi } from 'vitest'
import type { RoomTag } from '#shared/ids.ts'
import type { CreatedInvite, InviteOptions, JoinRequest, RoomSummary } from './index.ts'
import { atTestNode } from './testing/at-test-node.ts'
import { until, type Person } from './testing/people.ts'

// Each of these is a whole story of people who come and go.
vi.setConfig({ testTimeout: 90_000 })

const here = atTestNode()
const { arrive, comeBack } = here

async function invite (person: Person, tag: RoomTag, options: InviteOptions = {}): Promise<CreatedInvite> {
  const make = person.room(tag).entry.invite.value
  if (make === null) throw new Error('may not invite')
  return await make(options)
}

/** Alice has a room with something in it, and everything of it is at the node. */
async function kitchen (): Promise<{ alice: Person, tag: RoomTag }> {
  const alice = await arrive('Alice')
  const tag = await alice.client.createRoom({ name: 'Kitchen' })
  await alice.say(tag, 'before you came')
  return { alice, tag }
}

/** The node has the welcome, the invitation and all that was said. */
async function isLeft (person: Person, tag: RoomTag, welcomes = 1): Promise<void> {
  await until(person.room(tag).messages.keptAtNode, (kept) => kept, 'all is kept at the node')
  await expect.poll(() => here.node.welcomes(tag), { timeout: 30_000 }).toBe(welcomes)
}

const hasStanding = (person: Person, tag: RoomTag, standing: RoomSummary['standing']) =>
  until(person.room(tag).summary, (summary) => summary.standing === standing, `${person.name} is ${standing}`)

const requestIn = async (person: Person, tag: RoomTag): Promise<JoinRequest> => {
  const [request] = await until(person.room(tag).entry.requests, (requests) => requests.length > 0, 'somebody asks to join')
  if (request === undefined) throw new Error('unreachable')
  return request
}

describe('while nobody is there, a link', () => {
  it('opens the room to read at once, and lets in when somebody comes', async () => {
    const { alice, tag } = await kitchen()
    const { link } = await invite(alice, tag)
    await isLeft(alice, tag)
    await alice.leave()
    const bob = await arrive('Bob')
    expect(await bob.join(link)).toMatchObject({ status: 'joined', roomTag: tag })
    await bob.sees(tag, 'before you came')
    await until(bob.room(tag).summary, ({ name }) => name === 'Kitchen', 'the name of the room')
    expect(bob.room(tag).summary.value).toMatchObject({ standing: 'waiting', role: null, isMember: false })
    expect(bob.room(tag).messages.send.value).toBeNull()

    const returned = await comeBack(alice)
    await hasStanding(bob, tag, 'member')
    await bob.say(tag, 'thank you')
    await returned.sees(tag, 'thank you')
  })

  it('lets in while the one who waits is away, and shows it when they are back', async () => {
    const { alice, tag } = await kitchen()
    const { link } = await invite(alice, tag)
    await isLeft(alice, tag)
    await alice.leave()
    const bob = await arrive('Bob')
    await bob.join(link)
    await bob.sees(tag, 'before you came')
    await expect.poll(() => here.node.requests(tag), { timeout: 30_000 }).toBe(1)
    await bob.leave()

    const returned = await comeBack(alice)
    await until(returned.room(tag).people.members, (members) => members.some(({ name }) => name === bob.name), 'Bob is let in')
    await returned.say(tag, 'welcome')
    await until(returned.room(tag).messages.keptAtNode, (kept) => kept, 'kept at the node')
    await returned.leave()
    const again = await comeBack(bob)
    await hasStanding(again, tag, 'member')
    await again.sees(tag, 'welcome')
    await again.say(tag, 'hello')
  })

  it('goes on waiting after a restart', async () => {
    const { alice, tag } = await kitchen()
    const { link } = await invite(alice, tag)
    await isLeft(alice, tag)
    await alice.leave()
    const bob = await arrive('Bob')
    await bob.join(link)
    await bob.sees(tag, 'before you came')
    await bob.leave()
    const again = await comeBack(bob)
    expect(again.room(tag).summary.value).toMatchObject({ standing: 'waiting', role: null })
    await again.sees(tag, 'before you came')
    await comeBack(alice)
    await hasStanding(again, tag, 'member')
  })

  it('is left at the node later when it was made offline', async () => {
    const { alice, tag } = await kitchen()
    await until(alice.room(tag).messages.keptAtNode, (kept) => kept, 'kept at the node')
    await here.node.kill()
    const { link } = await invite(alice, tag)
    await here.node.start()
    await isLeft(alice, tag)
    await alice.leave()
    const bob = await arrive('Bob')
    expect(await bob.join(link)).toMatchObject({ status: 'joined' })
    await bob.sees(tag, 'before you came')
  })

  it('gives nothing any more once it was withdrawn, and nothing that is said afterwards to who has read before', async () => {
    const { alice, tag } = await kitchen()
    const [withdrawn, other] = [await invite(alice, tag), await invite(alice, tag)]
    await isLeft(alice, tag, 2)
    await alice.room(tag).entry.revokeInvite(withdrawn.id)
    await expect.poll(() => here.node.welcomes(tag), { timeout: 30_000 }).toBe(1)
    await alice.say(tag, 'after the link was withdrawn')
    await until(alice.room(tag).messages.keptAtNode, (kept) => kept, 'kept at the node')
    await alice.leave()

    const bob = await arrive('Bob')
    const attempt = bob.client.join(withdrawn.link)
    await until(attempt.state, ({ status }) => status === 'waiting-for-members', 'nothing lies there')
    expect(bob.client.room(tag)).toBeNull()
    const carol = await arrive('Carol')
    await carol.join(other.link)
    await carol.sees(tag, 'before you came')
    expect(carol.texts(tag)).not.toContain('after the link was withdrawn')
    await comeBack(alice)
    await until(attempt.state, (state) => state.status === 'failed' && state.error.code === 'invite-revoked', 'Bob learns why')
    // Carol is let in, and is given the key that was made since.
    await carol.sees(tag, 'after the link was withdrawn')
  })

  it('that is for one lets one of two in who wait, and tells the other why not', async () => {
    const { alice, tag } = await kitchen()
    const { link } = await invite(alice, tag, { maxUses: 1 })
    await isLeft(alice, tag)
    await alice.leave()
    const waiting = [await arrive('Bob'), await arrive('Carol')]
    const codes: string[] = []
    for (const person of waiting) {
      person.client.events.on('trouble', ({ error }) => codes.push(error.code))
      await person.join(link)
      await person.sees(tag, 'before you came')
    }
    await comeBack(alice)
    const standings = (): (string | undefined)[] => waiting.map((person) => person.client.room(tag)?.summary.value.standing).sort()
    await expect.poll(standings, { timeout: 30_000 }).toEqual(['member', 'removed'])
    expect(codes).toEqual(['invite-used-up'])
  })
})

describe('a link with approval', () => {
  it('lets in whom a moderator approves', async () => {
    const { alice, tag } = await kitchen()
    const { link } = await invite(alice, tag, { needsApproval: true, role: 'observer' })
    const bob = await arrive('Bob')
    const attempt = bob.client.join(link)
    await until(attempt.state, ({ status }) => status === 'waiting-for-approval', 'Bob waits for a yes')
    const request = await requestIn(alice, tag)
    expect(request).toMatchObject({ name: bob.name, role: 'observer', needsApproval: true })
    expect(bob.client.room(tag)).toBeNull()
    await request.approve?.()
    await until(attempt.state, ({ status }) => status === 'joined', 'joined')
    await bob.sees(tag, 'before you came')
    await until(alice.room(tag).entry.requests, (requests) => requests.length === 0, 'nobody waits any more')
  })

  it('tells whom a moderator declines, also when they ask again', async () => {
    const { alice, tag } = await kitchen()
    const { link } = await invite(alice, tag, { needsApproval: true })
    const bob = await arrive('Bob')
    const attempt = bob.client.join(link)
    await (await requestIn(alice, tag)).decline?.()
    await until(attempt.state, (state) => state.status === 'failed' && state.error.code === 'request-declined', 'Bob is told')
    expect(await bob.join(link)).toMatchObject({ status: 'failed', error: { code: 'request-declined' } })
    expect(alice.room(tag).entry.requests.value).toEqual([])
  })

  it('works although the two are never there at the same time', async () => {
    const { alice, tag } = await kitchen()
    const { link } = await invite(alice, tag, { needsApproval: true })
    await isLeft(alice, tag)
    await alice.leave()
    const bob = await arrive('Bob')
    const attempt = bob.client.join(link)
    await until(attempt.state, ({ status }) => status === 'waiting-for-approval', 'Bob waits for a yes')
    expect(bob.client.room(tag)).toBeNull()
    await bob.leave()
    const returned = await comeBack(alice)
    await (await requestIn(returned, tag)).approve?.()
    await until(returned.room(tag).people.members, (members) => members.length === 2, 'Bob is a member')
    await until(returned.room(tag).messages.keptAtNode, (kept) => kept, 'kept at the node')
    await expect.poll(() => here.node.requests(tag), { timeout: 30_000 }).toBe(0)
    await returned.leave()
    const again = await comeBack(bob)
    await until(again.client.rooms, (rooms) => rooms?.some(({ standing }) => standing === 'member') ?? false, 'Bob is in')
    await again.sees(tag, 'before you came')
  })
})

describe('who was put out', () => {
  it('comes back by a link that is still good, and never when banned', async () => {
    const { alice, tag } = await kitchen()
    const { link } = await invite(alice, tag)
    const bob = await arrive('Bob')
    await bob.join(link)
    await hasStanding(bob, tag, 'member')
    const actionsOnBob = async () => {
      const members = await until(alice.room(tag).people.members, (all) => all.length === 2, 'Bob is there')
      const user = members.find(({ isMe }) => !isMe)?.user
      return user === undefined ? undefined : alice.room(tag).people.actions.value.get(user)
    }
    await (await actionsOnBob())?.kick?.()
    await hasStanding(bob, tag, 'removed')
    expect(await bob.join(link)).toMatchObject({ status: 'joined' })
    await hasStanding(bob, tag, 'member')
    await (await actionsOnBob())?.ban?.()
    await hasStanding(bob, tag, 'banned')
    for (const known of [link, (await invite(alice, tag)).link]) {
      expect(await bob.join(known)).toMatchObject({ status: 'failed', error: { code: 'banned' } })
    }
    expect(alice.room(tag).people.members.value).toHaveLength(1)
  })
})

describe('history that begins with joining', () => {
  it('keeps what was said before from who is let in, directly or by what lay at the node', async () => {
    const { alice, tag } = await kitchen()
    await alice.room(tag).settings.changePolicy.value?.({ history: 'since-joining' })
    const { link } = await invite(alice, tag)
    await isLeft(alice, tag)
    const bob = await arrive('Bob')
    expect(await bob.join(link)).toMatchObject({ status: 'joined' })
    await hasStanding(bob, tag, 'member')
    await alice.say(tag, 'hello Bob')
    await bob.sees(tag, 'hello Bob')
    expect(bob.texts(tag)).toEqual(['hello Bob'])

    await until(alice.room(tag).messages.keptAtNode, (kept) => kept, 'kept at the node')
    await alice.leave()
    await bob.leave()
    const carol = await arrive('Carol')
    expect(await carol.join(link)).toMatchObject({ status: 'joined' })
    await until(carol.room(tag).summary, ({ name }) => name === 'Kitchen', 'the room is read')
    const returned = await comeBack(alice)
    await hasStanding(carol, tag, 'member')
    await returned.say(tag, 'hello Carol')
    await carol.sees(tag, 'hello Carol')
    expect(carol.texts(tag)).toEqual(['hello Carol'])
  })
})
