/** Carol, who is in, comes once more with her laptop by a link that is closed: that lets nobody in, and her root key's word for the laptop stands. */
import { describe, expect, test } from 'vitest'
import { alice, bob, carol, dave, kitchen, personOf, type Person, type Story } from '../../testing/membership-story.ts'
import type { Operation } from './operations.ts'
import { isToEnter } from './resolve.ts'

const laptop = personOf('Carol', 'Carol\'s laptop')

/** What each part of the membership says of a device. */
const seenOf = (story: Story, { user, device, devTag }: Person) => {
  const membership = story.resolve()
  return {
    acts: membership.members.get(user)?.devices.has(device) === true, isAuthor: membership.authors.get(devTag)?.user === user,
    isToEnter: isToEnter(membership, user, device), mayWrite: membership.mayWrite(devTag, 9, membership.heads)
  }
}

describe('a device whose record stands in an admission that counts for nothing', () => {
  const arrange = (joiner: Person): { story: Story, admission: Operation } => {
    const story = kitchen()
    const link = story.invite(alice)
    const revoked = story.revoke(alice, link)
    const admission = story.add(bob, joiner, link, { after: [revoked] })
    expect(story.resolve().counting()).not.toContain(admission.id)
    return { story, admission }
  }

  test('is an author where it acts: what it writes is taken in, and it does not wait outside', () => {
    const { story, admission } = arrange(laptop)
    story.write(bob, { type: 'profile', name: 'Bobby' }, { after: [admission] })
    expect(seenOf(story, laptop)).toEqual({ acts: true, isAuthor: true, isToEnter: false, mayWrite: true })
  })

  test('is none while nothing that counts has built on it: it asks to be let in', () => {
    const { story } = arrange(laptop)
    expect(seenOf(story, laptop)).toEqual({ acts: false, isAuthor: false, isToEnter: true, mayWrite: false })
  })

  test('is none of somebody who is not in, whatever was built on it', () => {
    const { story, admission } = arrange(dave)
    story.write(bob, { type: 'profile', name: 'Bobby' }, { after: [admission] })
    expect(seenOf(story, dave)).toEqual({ acts: false, isAuthor: false, isToEnter: false, mayWrite: false })
    expect(seenOf(story, carol)).toMatchObject({ acts: true, isAuthor: true })
  })
})
