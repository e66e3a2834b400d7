import { describe, expect, it } from 'vitest'
import { tellStory, type Step } from '../../../testing/law/story.ts'

describe('what anybody may carry', () => {
  /** Carl, a plain member, carries the creator's record once more, with heads of his choice. */
  const carry = (story: ReturnType<typeof tellStory>, act: Step): Step => story.enter('carl', 'anna-phone', { of: 'anna', knows: [act], after: act })

  it('does not keep the ban of somebody who has left', () => {
    const story = tellStory()
    story.roomOf({ adam: 'admin', mona: 'moderator', carl: 'member' })
    const before = story.act('anna')
    story.leave('adam')
    const ban = story.remove('adam', 'mona', { isBan: true, knows: [before], after: null })
    carry(story, ban)
    expect(story.counts(ban)).toBe(false)
    expect(story.people()).toBe('anna owner, mona moderator, carl member')
  })
  it('does not open a link again that was revoked', () => {
    const story = tellStory()
    const link = story.roomOf({ carl: 'member' })
    const before = story.act('anna')
    story.revoke('anna', link)
    const admitted = story.admit('carl', 'eve', link, { knows: [before], after: null })
    carry(story, admitted)
    expect(story.people()).toBe('anna owner, carl member')
  })
  it('does not use a link up behind those who came by it', () => {
    const story = tellStory()
    story.roomOf({ carl: 'member', bert: 'member' })
    const link = story.invite('anna', { maxUses: 2 })
    story.admit('bert', 'dave', link)
    story.admit('bert', 'erin', link)
    const first = story.admit('carl', 'eve', link, { knows: [link], after: null })
    const second = story.admit('carl', 'eva', link, { knows: [first], after: first })
    carry(story, second)
    expect(story.people()).toContain('dave member, erin member')
  })
  it('nor does putting out a device made for that keep what somebody did who has left', () => {
    const story = tellStory()
    story.roomOf({ adam: 'admin', mona: 'moderator' })
    const before = story.act('anna')
    story.leave('adam')
    story.act('anna')
    const entered = story.enter('adam', 'adam-2', { knows: [before], after: null })
    const ban = story.remove('adam', 'mona', { isBan: true, knows: [before, entered], after: entered })
    story.putOut('adam', 'adam-2', { knows: [ban], after: ban })
    expect(story.counts(ban)).toBe(false)
  })
})

describe('leaving and putting devices out, again and again', () => {
  it('counts once, and costs nobody more', () => {
    const story = tellStory()
    const link = story.roomOf({ bert: 'member' })
    story.enter('bert', 'bert-laptop')
    const left = story.leave('bert')
    expect(story.counts(story.leave('bert'))).toBe(false)
    expect(story.counts(left)).toBe(true)
    for (let i = 0; i < 40; i++) {
      story.admit('anna', 'bert', link)
      story.leave('bert')
    }
    story.admit('anna', 'bert', link)
    expect(story.roleOf('bert'), 'who has come back so often stays out').toBe(null)
  })
})
