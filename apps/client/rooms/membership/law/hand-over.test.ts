import { describe, expect, it } from 'vitest'
import { tellStory } from '../../../testing/law/story.ts'

const room = (people: Parameters<ReturnType<typeof tellStory>['roomOf']>[0] = { bert: 'member', carl: 'owner' }) => {
  const story = tellStory()
  story.roomOf(people)
  return story
}

describe('a room is handed over', () => {
  it('by the consent of the one who gets it, who cannot be removed any more and can remove who had it', () => {
    const story = room()
    const consent = story.consent('bert', 'anna')
    expect(story.counts(story.handOver('anna', 'bert', { consent }))).toBe(true)
    expect([story.roleOf('bert'), story.roleOf('anna')]).toEqual(['owner', 'owner'])
    expect(story.counts(story.remove('anna', 'bert'))).toBe(false)
    expect(story.counts(story.remove('carl', 'bert'))).toBe(false)
    expect(story.counts(story.remove('bert', 'anna'))).toBe(true)
    expect(story.roleOf('anna')).toBeNull()
  })

  it('and the one who gave it can step down, since the room has somebody', () => {
    const story = room({ bert: 'member' })
    expect(story.counts(story.give('anna', 'anna', 'member'))).toBe(false)
    story.handOver('anna', 'bert')
    expect(story.counts(story.give('anna', 'anna', 'member'))).toBe(true)
    expect([story.roleOf('bert'), story.roleOf('anna')]).toEqual(['owner', 'member'])
  })

  it('and back, by a consent to the one who has it now', () => {
    const story = room()
    story.handOver('anna', 'bert')
    const early = story.consent('anna', 'anna')
    expect(story.counts(story.handOver('bert', 'anna', { consent: early }))).toBe(false)
    expect(story.counts(story.handOver('bert', 'anna'))).toBe(true)
    expect(story.counts(story.remove('bert', 'anna'))).toBe(false)
  })
})

it('handed over to and fro a hundred times, a room has whom it was given last, and who gave it ranks below', () => {
  const story = room({ bert: 'member' })
  const pair = ['anna', 'bert'] as const
  const handed = Array.from({ length: 100 }, (_, i) => {
    const knows = [{ id: story.history.at(-1)!.id }], [by, to] = i % 2 === 0 ? pair : [pair[1], pair[0]]
    return story.handOver(by, to, { knows, consent: story.consent(to, by, { knows }) })
  })
  const { graph, facts } = story.decide()
  expect(handed.every(({ id }) => facts.counts(graph.positionOf(id) ?? -1))).toBe(true)
  expect(story.counts(story.remove('bert', 'anna'))).toBe(false)
  expect(story.counts(story.remove('anna', 'bert'))).toBe(true)
})

it('handed over, a room obeys what its creator has put out by then, and not who leaves by that device', () => {
  const story = room({ bert: 'member' })
  const old = story.enter('bert', 'bert-laptop')
  const handed = story.handOver('anna', 'bert')
  const left = story.leave('bert', { device: 'bert-laptop', knows: [handed], after: null })
  story.putOut('bert', 'bert-laptop', { knows: [old, handed] })
  expect(story.counts(left)).toBe(false)
  expect(story.counts(story.remove('bert', 'anna'))).toBe(true)
})

describe('a room is not handed over', () => {
  it('to somebody who did not consent, by the consent of another, or by a reply that says no', () => {
    const story = room()
    const carl = story.consent('carl', 'anna')
    const refusal = story.consent('bert', 'anna', { accepts: false })
    const invite = story.invite('bert')
    for (const consent of [carl, refusal, invite]) expect(story.counts(story.handOver('anna', 'bert', { consent }))).toBe(false)
    expect(story.roleOf('bert')).toBe('member')
  })

  it('by a consent that was meant for somebody else', () => {
    const story = room()
    const toCarl = story.consent('bert', 'carl')
    expect(story.counts(story.handOver('anna', 'bert', { consent: toCarl }))).toBe(false)
  })

  it('by a consent that the creator does not know', () => {
    const story = room()
    const before = story.act('anna')
    const consent = story.consent('bert', 'anna')
    story.history.push({ ...story.history.at(-1)!, id: 'zzz' as never, device: 'anna' as never, heads: [before.id], act: { type: 'hand-over', user: 'bert' as never, consent: consent.id } })
    expect(story.counts({ id: 'zzz' as never })).toBe(false)
  })

  it('by a consent that was taken back, where the creator knows that; one given again holds', () => {
    const story = room()
    const consent = story.consent('bert', 'anna')
    const known = story.act('anna')
    story.consent('bert', 'anna', { accepts: false })
    expect(story.counts(story.handOver('anna', 'bert', { consent }))).toBe(false)
    expect(story.counts(story.handOver('anna', 'bert', { consent: story.consent('bert', 'anna') }))).toBe(true)
    const other = room()
    const first = other.consent('bert', 'anna')
    other.consent('bert', 'anna', { accepts: false })
    expect(other.counts(other.handOver('anna', 'bert', { consent: first, knows: [] }))).toBe(true)
    expect(known.id).not.toBe(consent.id)
  })

  it('by an owner, an heir, or by who handed it over before', () => {
    const story = room()
    expect(story.counts(story.handOver('carl', 'bert'))).toBe(false)
    const consent = story.consent('carl', 'anna')
    story.handOver('anna', 'bert')
    expect(story.counts(story.handOver('anna', 'carl', { consent }))).toBe(false)
    story.leave('bert')
    expect(story.counts(story.handOver('carl', 'anna'))).toBe(false)
  })

  it('to somebody who left after they consented, by a device they have put out, or to somebody who never was in', () => {
    const story = room()
    const consent = story.consent('bert', 'anna')
    story.leave('bert')
    expect(story.counts(story.handOver('anna', 'bert', { consent }))).toBe(false)
    const stolen = room()
    stolen.enter('bert', 'phone')
    stolen.putOut('bert', 'phone')
    expect(stolen.counts(stolen.handOver('anna', 'bert', { consent: stolen.consent('bert', 'anna', { device: 'phone' }) }))).toBe(false)
    const stranger = room()
    expect(stranger.counts(stranger.handOver('anna', 'dora'))).toBe(false)
  })
})

describe('a device that was put out', () => {
  const roomWithPhone = () => {
    const story = room({ bert: 'member', mona: 'moderator', carl: 'member' })
    story.enter('bert', 'phone')
    return story
  }

  it('consents to nothing where the creator knows that its person put it out, whichever of the two came first', () => {
    for (const isKnown of [true, false]) {
      const story = roomWithPhone()
      const before = story.act('anna')
      const out = story.putOut('bert', 'phone', { knows: [before] })
      const consent = story.consent('bert', 'anna', { device: 'phone', knows: isKnown ? [out] : [before] })
      expect(story.counts(story.handOver('anna', 'bert', { consent }))).toBe(false)
      expect(story.roleOf('bert')).toBe('member')
    }
  })

  it('has consented where the creator cannot know of it yet', () => {
    const story = roomWithPhone()
    const consent = story.consent('bert', 'anna', { device: 'phone' })
    const over = story.handOver('anna', 'bert', { consent })
    story.putOut('bert', 'phone', { knows: [], cut: [] })
    expect(story.counts(over)).toBe(true)
  })

  it('acts as the new creator where only a moderator has put it out, and not where the old one has before they handed over', () => {
    for (const isPutOutAgain of [false, true]) {
      const story = roomWithPhone()
      story.putOut('mona', 'phone')
      if (isPutOutAgain) story.putOut('anna', 'phone')
      story.handOver('anna', 'bert')
      const strike = story.remove('bert', 'carl', { device: 'phone' })
      expect(story.counts(strike)).toBe(!isPutOutAgain)
    }
  })

  it('does not act as the new creator out of a past in which its person had not the room yet', () => {
    const story = roomWithPhone()
    const before = story.act('bert', { device: 'phone' })
    story.putOut('mona', 'phone')
    story.handOver('anna', 'bert')
    const strike = story.remove('bert', 'carl', { device: 'phone', knows: [before] })
    expect(story.counts(strike)).toBe(false)
    expect(story.roleOf('carl')).toBe('member')
  })
})

it('handed over to two at the same moment, a room has two whom nobody removes, and neither is above the other', () => {
  const story = room({ bert: 'member', carl: 'member', dora: 'owner' })
  const consents = ['bert', 'carl'].map((name) => story.consent(name, 'anna'))
  for (const [index, name] of ['bert', 'carl'].entries()) story.handOver('anna', name, { consent: consents[index]!, knows: consents, after: null })
  for (const [by, target] of [['bert', 'carl'], ['carl', 'bert'], ['dora', 'bert'], ['anna', 'carl']] as const) expect(story.counts(story.remove(by, target))).toBe(false)
  for (const by of ['bert', 'carl']) expect(story.counts(story.give(by, 'dora', 'member'))).toBe(true)
})
