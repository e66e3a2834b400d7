/** Alice asks for something while she is away, and is told what the others have done before she says yes once more. */
import { describe, expect, it } from 'vitest'
import type { UserKey } from '#shared/ids.ts'
import { alice, bob, carol, createStory, dave, kitchen, mallory, TODAY, type Story } from '../../../testing/membership-story.ts'
import type { ActionChange, AuthorityAction } from './facet.ts'
import { changesOf, contextOf, isAboutSame, isOnOthers, isOver, mayDo, mustCatchUp } from './action-changes.ts'

interface Told { changes: ActionChange<UserKey>[], isOver: boolean }

/** What she is told, and whether it can still be done. */
function after (story: Story, action: AuthorityAction, meanwhile: () => void, now = TODAY): Told {
  const then = contextOf(action, story.resolve())
  meanwhile()
  const membership = story.resolve()
  const changes = changesOf(action, then, membership, { myUser: alice.user, now })
  return { changes, isOver: isOver(action, changes, membership, alice.user) }
}

const on = (type: 'kick' | 'ban', who = bob): AuthorityAction => ({ type, user: who.user, also: [] })
/** A kitchen in which Bob and Carol are moderators. */
function withModerators (): Story {
  const story = kitchen()
  for (const who of [bob, carol]) story.role(alice, who, 'moderator')
  return story
}

describe('removing somebody', () => {
  it('is as it was where nobody has done anything about them', () => {
    const story = withModerators()
    expect(after(story, on('kick'), () => story.rename(alice, 'Canteen')))
      .toEqual({ changes: [], isOver: false })
  })

  it('is over once another has removed them, and says who', () => {
    const story = withModerators()
    expect(after(story, on('kick', mallory), () => story.remove(carol, mallory)))
      .toEqual({ changes: [{ type: 'gone', by: carol.user, isBan: false }], isOver: true })
  })

  it('is over once they have left by themselves', () => {
    const story = withModerators()
    expect(after(story, on('kick'), () => story.leave(bob)))
      .toEqual({ changes: [{ type: 'gone', by: null, isBan: false }], isOver: true })
  })

  it('tells who came in by their links meanwhile, and by the links of those', () => {
    const story = withModerators()
    expect(after(story, on('kick'), () => {
      story.add(bob, dave, story.invite(bob))
      story.remove(carol, mallory)
      story.add(dave, mallory, story.invite(dave))
    })).toEqual({ changes: [{ type: 'came-in', people: [dave.user, mallory.user] }], isOver: false })
  })
})

describe('banning somebody', () => {
  it('still bans who was only removed, or has left', () => {
    const story = withModerators()
    expect(after(story, on('ban', mallory), () => story.remove(carol, mallory))).toMatchObject({ isOver: false })
    expect(after(story, on('ban'), () => story.leave(bob)))
      .toMatchObject({ changes: [{ type: 'gone', by: null }], isOver: false })
  })

  it('is over where another has banned them', () => {
    const story = withModerators()
    expect(after(story, on('ban', mallory), () => story.remove(carol, mallory, { isBan: true })))
      .toEqual({ changes: [{ type: 'gone', by: carol.user, isBan: true }], isOver: true })
  })
})

describe('a role', () => {
  const admin: AuthorityAction = { type: 'role', user: bob.user, role: 'admin' }

  it('that they have been given meanwhile is done', () => {
    const story = kitchen()
    expect(after(story, admin, () => story.role(alice, bob, 'admin')))
      .toEqual({ changes: [{ type: 'done' }], isOver: true })
  })

  it('is asked once more with the one that they have by now', () => {
    const story = kitchen()
    expect(after(story, admin, () => story.role(alice, bob, 'observer')))
      .toEqual({ changes: [{ type: 'role', role: 'observer' }], isOver: false })
  })

  it('cannot be given by whom nobody listens to any more', () => {
    const story = kitchen()
    const offer = story.offerRoom(alice, carol)
    const consent = story.replyOffer(carol, offer, true)
    expect(after(story, { type: 'offer-room', user: bob.user }, () => story.handOver(alice, carol, consent)))
      .toEqual({ changes: [{ type: 'not-allowed' }], isOver: true })
  })
})

describe('a mute', () => {
  const mute = (until: number | null): AuthorityAction => ({ type: 'mute', user: mallory.user, until })

  it('whose time has passed while it waited is over', () => {
    const story = kitchen()
    expect(after(story, mute(TODAY + 1000), () => {}, TODAY + 1000))
      .toEqual({ changes: [{ type: 'expired' }], isOver: true })
  })

  it('tells of the one that another has put in its place, and a lifted one need not be lifted', () => {
    const story = withModerators()
    expect(after(story, mute(TODAY + 9000), () => story.mute(carol, mallory, TODAY + 5000)))
      .toEqual({ changes: [{ type: 'muted', until: TODAY + 5000 }], isOver: false })
    expect(after(story, mute(null), () => story.mute(carol, mallory, null)))
      .toEqual({ changes: [{ type: 'done' }], isOver: true })
  })
})

describe('settings and links', () => {
  it('that somebody has changed meanwhile are named, others are not', () => {
    const story = withModerators()
    const slower: AuthorityAction = { type: 'policy', change: { slowModeMs: 60_000 } }
    expect(after(story, slower, () => story.policy(alice, { history: 'since-joining' })).changes)
      .toEqual([])
    expect(after(story, slower, () => story.policy(bob, { slowModeMs: 1000 })).changes)
      .toEqual([{ type: 'policy' }])
    expect(after(story, slower, () => story.policy(bob, { slowModeMs: 60_000 })))
      .toEqual({ changes: [{ type: 'done' }], isOver: true })
  })

  it('a link tells how many came in by it, and is over once it was revoked', () => {
    const story = withModerators()
    const link = story.invite(bob)
    const inviteId = [...story.resolve().invites.keys()].at(-1)!
    const action: AuthorityAction = { type: 'revoke-invite', inviteId, user: bob.user }
    expect(after(story, action, () => story.add(bob, dave, link)))
      .toEqual({ changes: [{ type: 'used', count: 1 }], isOver: false })
    expect(after(story, action, () => story.revoke(bob, link))).toEqual({ changes: [{ type: 'done' }], isOver: true })
  })

  it('a ban that was lifted need not be lifted', () => {
    const story = kitchen()
    story.remove(alice, mallory, { isBan: true })
    expect(after(story, { type: 'unban', user: mallory.user }, () => story.unban(alice, mallory)))
      .toEqual({ changes: [{ type: 'done' }], isOver: true })
  })
})

it('nobody has to catch up alone or in a conversation of two, nor for what is their own', () => {
  const alone = createStory()
  alone.create(alice, 'Kitchen')
  const direct = createStory()
  direct.create(alice, '', { kind: 'direct', peer: bob.user })
  direct.add(alice, bob, null)
  expect([alone, direct, kitchen()].map((story) => mustCatchUp(story.resolve(), alice.user)))
    .toEqual([false, false, true])
  const deletionOf = (who: typeof alice): AuthorityAction =>
    ({ type: 'delete-message', messageId: '' as never, user: who.user })
  expect([alice, bob].map((who) => isOnOthers(deletionOf(who), alice.user))).toEqual([false, true])
})

it('who may do what now is asked of the law', () => {
  const story = withModerators()
  const may = (who: typeof alice, action: AuthorityAction): boolean =>
    mayDo(action, story.resolve(), who.user)
  const policy: AuthorityAction = { type: 'policy', change: { slowModeMs: 0, invites: 'moderators' } }
  expect([may(alice, on('kick')), may(bob, on('kick', carol))]).toEqual([true, false])
  expect([may(bob, on('ban', dave)), may(mallory, on('ban', dave))]).toEqual([true, false])
  expect([may(alice, policy), may(bob, policy)]).toEqual([true, false])
  expect(may(bob, { type: 'policy', change: { slowModeMs: 0 } })).toBe(true)
})

it('a later action about the same person, setting or link replaces the earlier', () => {
  const slow: AuthorityAction = { type: 'policy', change: { slowModeMs: 0 } }
  expect([isAboutSame(on('kick'), on('ban')), isAboutSame(on('kick'), on('kick', carol))]).toEqual([true, false])
  expect(isAboutSame(slow, { type: 'policy', change: { slowModeMs: 1, invites: 'members' } })).toBe(true)
  expect(isAboutSame(slow, { type: 'policy', change: { invites: 'members' } })).toBe(false)
  expect(isAboutSame(on('kick'), { type: 'mute', user: bob.user, until: null })).toBe(false)
})
