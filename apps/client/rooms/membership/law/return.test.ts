import { describe, expect, it } from 'vitest'
import { tellStory, type Step } from '../../../testing/law/story.ts'

type Story = ReturnType<typeof tellStory>

/** A room of Anna, its creator, Bert, an owner, and Carl, with three devices each. */
const roomWithDevices = (): { story: Story, link: Step, old: Step } => {
  const story = tellStory()
  const link = story.roomOf({ bert: 'owner', carl: 'member' })
  for (const name of ['anna', 'bert', 'carl']) {
    for (const device of ['laptop', 'tablet']) story.enter(name, `${name}-${device}`)
  }
  return { story, link, old: story.act('anna') }
}

/** Puts out, as from the past, the device somebody left with. */
const putOutBefore = (story: Story, name: string, old: Step): Step =>
  story.putOut(name, name, { device: `${name}-laptop`, knows: [old], after: null, cut: [] })

describe('somebody who left does not come back by putting out, from the past, the device they left with', () => {
  it.each(['bert', 'carl'])('once somebody above has built on it: %s', (name) => {
    const { story, old } = roomWithDevices()
    const left = story.leave(name)
    story.act('anna')
    putOutBefore(story, name, old)
    expect(story.counts(left)).toBe(true)
    expect(story.roleOf(name)).toBeNull()
  })

  it('nor has a role again that they stepped down from', () => {
    const { story, old } = roomWithDevices()
    const down = story.give('bert', 'bert', 'member')
    story.act('anna')
    putOutBefore(story, 'bert', old)
    expect(story.counts(down)).toBe(true)
    expect(story.people()).toBe('anna owner, bert member, carl member')
  })

  it('and undoes nothing of what they had done until then, by whichever of their devices', () => {
    const { story, link, old } = roomWithDevices()
    story.admit('bert', 'dora', link)
    story.give('bert', 'dora', 'admin')
    story.leave('bert', { device: 'bert-tablet' })
    story.act('anna')
    putOutBefore(story, 'bert', old)
    expect(story.people()).toBe('anna owner, carl member, dora admin')
  })

  it('and is what their new link says, where they came back as less', () => {
    const { story, link, old } = roomWithDevices()
    story.leave('bert')
    story.admit('anna', 'bert', link, { as: 'bert-desktop' })
    story.act('anna')
    putOutBefore(story, 'bert', old)
    expect(story.roleOf('bert')).toBe('member')
  })

  it('by somebody below who pretends to have known of it', () => {
    const { story, old } = roomWithDevices()
    const left = story.leave('bert')
    story.act('anna')
    const putOut = putOutBefore(story, 'bert', old)
    story.act('carl', { knows: [putOut], after: null, device: 'carl-laptop' })
    expect(story.counts(left)).toBe(true)
  })
})

describe('a stolen device does not leave for its person', () => {
  it.each(['anna', 'bert', 'carl'])('nor hand the room over, where nobody has built on it: %s', (name) => {
    const { story, old } = roomWithDevices()
    const left = name === 'anna' ? story.handOver('anna', 'carl') : story.leave(name)
    story.act(name, { device: `${name}-tablet` })
    story.putOut(name, name, { device: `${name}-laptop`, knows: [old], after: null })
    expect(story.counts(left)).toBe(false)
    expect(story.roleOf(name)).toBe(name === 'carl' ? 'member' : 'owner')
  })

  it('for a creator, nor hand their room over, whoever builds on it: nobody stands above', () => {
    for (const go of [(story: Story) => story.handOver('anna', 'carl'), (story: Story) => story.leave('anna')]) {
      const { story, old } = roomWithDevices()
      const gone = go(story)
      for (const name of ['bert', 'carl']) story.act(name)
      putOutBefore(story, 'anna', old)
      expect(story.counts(gone)).toBe(false)
      expect(story.roleOf('anna')).toBe('owner')
    }
  })

  it('where the highest above has known that it was put out, whoever between builds on its leaving', () => {
    const { story, old } = roomWithDevices()
    const putOut = story.putOut('carl', 'carl', { device: 'carl-laptop' })
    story.act('anna', { knows: [putOut] })
    const left = story.leave('carl', { knows: [old], after: old })
    story.act('bert', { knows: [left], after: old, device: 'bert-laptop' })
    expect(story.counts(left)).toBe(false)
    expect(story.roleOf('carl')).toBe('member')
  })

  it('by what a stranger writes, or what others carry for them', () => {
    const { story, link, old } = roomWithDevices()
    const left = story.leave('carl', { knows: [old] })
    story.enter('eve', 'eve', { knows: [left] })
    const entered = story.enter('anna', 'eve-phone', { of: 'eve' })
    story.act('eve', { device: 'eve-phone', knows: [left, entered] })
    story.enter('anna', 'carl-desktop', { of: 'carl', knows: [left] })
    story.admit('bert', 'dora', link, { knows: [left] })
    putOutBefore(story, 'carl', old)
    expect(story.counts(left)).toBe(false)
    expect(story.roleOf('carl')).toBe('member')
  })

  it('for good: where others have built on that, its person is let in again by a link', () => {
    const { story, link, old } = roomWithDevices()
    story.leave('carl')
    story.act('anna')
    story.putOut('carl', 'carl', { device: 'carl-laptop', knows: [old], after: null })
    expect(story.roleOf('carl')).toBeNull()
    story.admit('anna', 'carl', link, { as: 'carl-desktop' })
    expect(story.roleOf('carl')).toBe('member')
    expect(story.counts(story.act('carl'))).toBe(false)
    expect(story.counts(story.act('carl', { device: 'carl-desktop' }))).toBe(true)
  })
})

describe('somebody who left gives nobody anything by leaving once more', () => {
  /** `old`: before both left. */
  const leavers = (): { story: Story, old: Step } => {
    const { story } = roomWithDevices()
    const old = story.give('anna', 'carl', 'moderator')
    for (const name of ['bert', 'carl']) story.leave(name)
    story.act('anna')
    return { story, old }
  }

  it.each(['leave', 'step down', 'put out'])('nor by what else they do to themselves: %s', (how) => {
    const { story, old } = leavers()
    const gift = story.remove('carl', 'anna', { device: 'carl-laptop', knows: [old], after: null })
    const invited = story.invite('carl', { device: 'carl-laptop', knows: [old], after: null })
    const more = { device: 'bert-laptop', knows: [old, invited], after: null }
    if (how === 'leave') story.leave('bert', more)
    else if (how === 'step down') story.give('bert', 'bert', 'member', more)
    else story.putOut('bert', 'bert', { ...more, cut: [] })
    expect([gift, invited].map((step) => story.counts(step))).toEqual([false, false])
    expect(story.people()).toBe('anna owner')
  })

  it('and what somebody above has built on is not undone by putting out the device it was written with', () => {
    const { story, link, old } = roomWithDevices()
    story.admit('anna', 'eve', link)
    story.act('bert')
    const gone = story.remove('bert', 'eve')
    story.act('anna')
    story.leave('bert', { device: 'bert-tablet', knows: [old], after: null })
    story.act('anna')
    putOutBefore(story, 'bert', old)
    expect(story.counts(gone)).toBe(true)
    expect(story.people()).toBe('anna owner, carl member')
  })
})

describe('a copied device that signs its leaving many times', () => {
  it.each([2, 33, 60])('keeps its person from coming back by a link as little as one: %i', (times) => {
    const { story, old } = roomWithDevices()
    for (let time = 0; time < times; time++) story.leave('carl', { knows: [old], after: old })
    story.act('anna')
    story.putOut('carl', 'carl', { device: 'carl-laptop', knows: [old], after: null })
    story.admit('anna', 'carl', story.invite('anna'), { as: 'carl-desktop' })
    expect(story.roleOf('carl')).toBe('member')
  })
})
