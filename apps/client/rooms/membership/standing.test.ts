import { describe, expect, test } from 'vitest'
import type { EnvelopeId } from '#shared/ids.ts'
import { alice, bob, carol, createStory, kitchen, mallory, personOf, TODAY, type Person, type Story } from '../../testing/membership-story.ts'
import type { Operation } from './operations.ts'

/** Whether a message of a person counts, at a position of their log, with what they knew when they wrote it. */
const counts = (story: Story, by: Person, seq: number, after: readonly Operation[]): boolean =>
  story.resolve().mayWrite(by.devTag, seq, after.map(({ id }) => id))
const cutAt = (person: Person, seq: number): { cuts: { devTag: Person['devTag'], seq: number }[] } => ({ cuts: [{ devTag: person.devTag, seq }] })

describe('a message counts', () => {
  test('of a member, and not of a stranger, of an observer, or from before they came in', () => {
    const story = kitchen()
    expect(counts(story, bob, 1, [story.settled])).toBe(true)
    expect(counts(story, personOf('Eve'), 1, [story.settled])).toBe(false)
    expect(counts(story, bob, 1, [story.link])).toBe(false)
    expect(counts(story, bob, 1, [])).toBe(false)
    const watching = story.invite(alice, { role: 'observer' })
    const olga = personOf('Olga')
    expect(counts(story, olga, 1, [story.add(alice, olga, watching, { role: 'observer' })])).toBe(false)
  })

  test('below the cut of a removal, and not above it', () => {
    const story = kitchen()
    const removal = story.remove(alice, bob, cutAt(bob, 7))
    expect([6, 7, 8].map((seq) => counts(story, bob, seq, [story.settled]))).toEqual([true, true, false])
    expect(counts(story, bob, 5, [removal])).toBe(false)
    expect(counts(story, carol, 9, [story.settled])).toBe(true)
  })

  test('of none of the positions of a device that the removal does not name', () => {
    const story = kitchen()
    story.remove(alice, bob)
    expect(counts(story, bob, 1, [story.settled])).toBe(false)
  })

  test('after a re-admission, and what was cut off before stays cut off', () => {
    const story = kitchen()
    story.remove(alice, bob, cutAt(bob, 7))
    const again = story.add(alice, bob, story.link)
    expect([7, 8, 20].map((seq) => counts(story, bob, seq, [story.settled]))).toEqual([true, false, false])
    expect(counts(story, bob, 21, [again])).toBe(true)
    story.remove(alice, bob, cutAt(bob, 30))
    expect([8, 21, 30, 31].map((seq) => counts(story, bob, seq, seq < 20 ? [story.settled] : [again]))).toEqual([false, true, true, false])
  })

  test('below the largest cut of removals at the same moment, by equals', () => {
    for (const cuts of [[3, 9], [9, 3]] as const) {
      const story = kitchen()
      story.role(alice, mallory, 'admin')
      const settled = story.role(alice, carol, 'admin')
      story.remove(mallory, bob, { ...cutAt(bob, cuts[0]), after: [settled] })
      story.remove(carol, bob, { ...cutAt(bob, cuts[1]), after: [settled] })
      expect([9, 10].map((seq) => counts(story, bob, seq, [settled]))).toEqual([true, false])
    }
  })

  test('as higher authority says, whatever somebody below says beside it or said before', () => {
    for (const isBeside of [true, false]) {
      const story = kitchen()
      const settled = story.role(alice, carol, 'admin')
      const wide = story.remove(carol, bob, { ...cutAt(bob, 1e9), after: [settled] })
      story.remove(alice, bob, { ...cutAt(bob, 4), after: isBeside ? [settled] : [wide] })
      expect([4, 5].map((seq) => counts(story, bob, seq, [settled]))).toEqual([true, false])
    }
  })

  test('not after its author has left, however far they said that they would still be heard', () => {
    const story = kitchen()
    const left = story.leave(bob, cutAt(bob, 1e9))
    expect([left.seq, left.seq + 1].map((seq) => counts(story, bob, seq, [story.settled]))).toEqual([true, false])
  })

  test('of a revoked device below its cut', () => {
    const story = kitchen()
    const laptop = personOf('Bob', 'Bob\'s laptop')
    const added = story.addDevice(bob, laptop)
    story.removeDevice(bob, laptop, { cut: 4 })
    expect([4, 5].map((seq) => counts(story, laptop, seq, [added]))).toEqual([true, false])
    expect(counts(story, bob, 50, [added])).toBe(true)
  })

  test('of whoever became an observer below the cut, and again once they may write', () => {
    const story = kitchen()
    const silenced = story.role(alice, bob, 'observer', cutAt(bob, 4))
    expect([4, 5].map((seq) => counts(story, bob, seq, [story.settled]))).toEqual([true, false])
    expect(counts(story, bob, 4, [silenced])).toBe(false)
    const back = story.role(alice, bob, 'member')
    expect(counts(story, bob, 6, [back])).toBe(true)
    expect(counts(story, bob, 5, [story.settled])).toBe(false)
  })

  test('of a member who is muted below the cut of the mute, whatever time it bears, until it knows a lift', () => {
    const story = kitchen()
    const muted = story.mute(alice, bob, TODAY + 10, cutAt(bob, 4))
    for (const after of [[story.settled], [muted]]) expect([4, 5].map((seq) => counts(story, bob, seq, after))).toEqual([true, false])
    expect(counts(story, carol, 5, [muted])).toBe(true)
    const lifted = story.mute(alice, bob, null, cutAt(bob, 6))
    expect([[lifted], [muted], [story.settled]].map((after) => counts(story, bob, 7, after))).toEqual([true, false, true])
    expect([5, 6].map((seq) => counts(story, bob, seq, [story.settled]))).toEqual([false, false])
  })

  test('of a muted member only by a lift of somebody above them', () => {
    const story = kitchen()
    const muted = story.mute(alice, bob, TODAY + 10, cutAt(bob, 4))
    for (const by of [carol, bob]) expect(counts(story, bob, 5, [story.mute(by, bob, null, { after: [muted] })])).toBe(false)
    expect([...story.resolve().mutes]).toEqual([[bob.user, TODAY + 10]])
    story.role(alice, mallory, 'moderator')
    expect(counts(story, bob, 5, [story.mute(mallory, bob, null)])).toBe(true)
    expect(story.resolve().mutes.size).toBe(0)
  })

  test('of nobody who was muted again while the first mute was lifted, unless the lift has the higher authority', () => {
    const story = kitchen()
    story.role(alice, mallory, 'moderator')
    const settled = story.role(alice, carol, 'moderator')
    for (const [lifter, muter, isMuted] of [[mallory, alice, true], [mallory, carol, true], [carol, mallory, true], [alice, mallory, false]] as const) {
      const first = story.mute(alice, bob, TODAY, { after: [settled] })
      const lift = story.mute(lifter, bob, null, { after: [first] }), longer = story.mute(muter, bob, TODAY + 99, { after: [first] })
      expect(counts(story, bob, 9, [lift, longer])).toBe(!isMuted)
      expect(counts(story, bob, 9, [longer])).toBe(false)
      expect(story.resolve().mutes.get(bob.user)).toBe(isMuted ? TODAY + 99 : undefined)
      expect(counts(story, bob, 9, [story.mute(alice, bob, null)])).toBe(true)
    }
  })

  test('of somebody whom nobody is left to unmute', () => {
    const story = kitchen()
    story.role(alice, bob, 'moderator')
    const muted = story.mute(alice, bob, TODAY + 10)
    expect(counts(story, bob, 5, [muted])).toBe(false)
    const left = story.leave(alice)
    expect([counts(story, bob, 5, [left]), story.resolve().mutes.size]).toEqual([true, 0])
  })

  test('only where its heads are known, and unknown ones beside them change nothing', () => {
    const story = kitchen()
    const unknown = 'ee'.repeat(32) as EnvelopeId
    expect(story.resolve().mayWrite(bob.devTag, 1, [unknown])).toBe(false)
    expect(story.resolve().mayWrite(bob.devTag, 1, [story.settled.id, unknown])).toBe(true)
  })
})

test('who leaves keeps what they had said, and says nothing more', () => {
  const story = kitchen()
  for (let i = 0; i < 5; i++) story.write(bob, { type: 'profile', name: `Bob ${i}` }, { after: [story.settled] })
  const left = story.leave(bob, cutAt(bob, 5))
  expect([5, 6].map((seq) => counts(story, bob, seq, [story.settled]))).toEqual([true, false])
  expect(counts(story, bob, 7, [left])).toBe(false)
})

describe('a message may be deleted', () => {
  const idsOf = (operations: readonly Operation[]): EnvelopeId[] => operations.map(({ id }) => id)
  const mayDelete = (story: Story, by: Person, of: Person, after: readonly Operation[], seq = 1, said: readonly Operation[] = after): boolean =>
    story.resolve().mayDelete(by.user, { of: of.user, heads: idsOf(said) }, idsOf(after), { devTag: by.devTag, seq })

  test('by its author, and by who outranks them as moderator where the deletion stands', () => {
    const story = createStory()
    story.create(alice, 'Kitchen')
    const link = story.invite(alice)
    for (const person of [bob, carol, mallory]) story.add(alice, person, link)
    const before = story.operations.at(-1)!
    const moderator = story.role(alice, bob, 'moderator')
    expect(mayDelete(story, bob, carol, [before])).toBe(false)
    expect(mayDelete(story, bob, carol, [moderator])).toBe(true)
    expect(mayDelete(story, bob, alice, [moderator])).toBe(false)
    expect(mayDelete(story, mallory, carol, [moderator])).toBe(false)
    expect(mayDelete(story, carol, carol, [before])).toBe(true)
    const gone = story.remove(alice, carol)
    expect(mayDelete(story, bob, carol, [gone])).toBe(true)
    expect(mayDelete(story, mallory, carol, [gone])).toBe(false)
  })

  test('by nobody who is below its author where the message stands, though they do not know of that', () => {
    const story = createStory()
    story.create(alice, 'Kitchen')
    const link = story.invite(alice)
    for (const person of [bob, carol]) story.add(alice, person, link)
    const moderator = story.role(alice, bob, 'moderator')
    const raised = story.role(alice, carol, 'owner')
    expect(mayDelete(story, bob, carol, [moderator], 1, [raised]), 'said as an owner').toBe(false)
    expect(mayDelete(story, bob, carol, [moderator], 1, [moderator]), 'said as a member').toBe(true)
    const lowered = story.role(alice, carol, 'member')
    expect(mayDelete(story, bob, carol, [lowered], 1, [raised]), 'said as an owner who is none any more').toBe(true)
    const elsewhere = { ...raised, id: 'ab'.repeat(32) as EnvelopeId }
    expect(mayDelete(story, bob, carol, [moderator], 1, [elsewhere]), 'said where is not known yet').toBe(false)
  })

  test('by nobody whose rights were taken away, but for what they had deleted before', () => {
    const story = createStory()
    story.create(alice, 'Kitchen')
    const link = story.invite(alice)
    for (const person of [bob, carol]) story.add(alice, person, link)
    const moderator = story.role(alice, bob, 'moderator')
    story.role(alice, bob, 'member', { cuts: [{ devTag: bob.devTag, seq: 6 }] })
    story.role(alice, carol, 'owner')
    expect([5, 6, 7].map((seq) => mayDelete(story, bob, carol, [moderator], seq))).toEqual([true, true, false])
  })
})
