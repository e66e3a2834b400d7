import { expect, test } from 'vitest'
import type { RoomTag } from '#shared/ids.ts'
import { alice, bob, carol, kitchen, mallory, personOf, TODAY, type Person, type Story, type Where } from '../../testing/membership-story.ts'

const announce = (story: Story, by: Person, letter: string, where?: Where) => story.write(by, {
  type: 'continue', childTag: letter.repeat(32) as RoomTag, name: 'Kitchen', inviteSecret: new Uint8Array(16), access: new Uint8Array(16), expiresAt: TODAY + 1000
}, where)
const tagsOf = (story: Story): string[] => [...story.resolve().continuations.values()].map(({ tag }) => tag[0] ?? '')

test('a room is continued by nobody who was removed, banned or has left, though they were in when they said so', () => {
  const story = kitchen()
  for (const [person, letter] of [[alice, 'a'], [bob, 'b'], [carol, 'c'], [mallory, 'd']] as const) announce(story, person, letter)
  story.remove(alice, mallory, { isBan: true })
  expect(tagsOf(story)).toEqual(['a', 'b', 'c'])
  story.remove(alice, bob)
  expect(tagsOf(story)).toEqual(['a', 'c'])
  story.leave(carol)
  expect(tagsOf(story)).toEqual(['a'])
})

test('a room is not continued by what somebody said outside of what a strike on them or their device keeps', () => {
  const story = kitchen()
  const laptop = personOf('Bob', 'Bob\'s laptop')
  const entered = story.addDevice(bob, laptop)
  story.removeDevice(bob, laptop)
  announce(story, laptop, 'b', { after: [entered] })
  story.remove(alice, mallory)
  announce(story, mallory, 'd', { after: [story.settled] })
  expect(tagsOf(story)).toEqual([])
})

test('a room is continued by somebody who was let in again only where they say so once more', () => {
  const story = kitchen()
  announce(story, mallory, 'd')
  story.remove(alice, mallory, { isBan: true })
  story.unban(alice, mallory)
  story.add(bob, mallory, story.link)
  expect([story.roleOf(mallory), tagsOf(story)]).toEqual(['member', []])
  announce(story, mallory, 'e')
  expect(tagsOf(story)).toEqual(['e'])
})
