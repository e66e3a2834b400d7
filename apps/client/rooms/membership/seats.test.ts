import { describe, expect, it } from 'vitest'
import { alice, bob, carol, createStory, dave, mallory, personOf, type Person } from '../../testing/membership-story.ts'
import type { Operation } from './operations.ts'

type Story = ReturnType<typeof createStory>

/** Alice's room with Bob, Carol, Dave and Mallory, who came by one link of hers. */
function kitchen (): { story: Story, link: Operation, last: Operation } {
  const story = createStory()
  story.create(alice, 'Kitchen')
  const link = story.invite(alice)
  const [last] = [bob, carol, dave, mallory].map((one) => story.add(alice, one, link)).slice(-1)
  return { story, link, last: last! }
}
const honest = (story: Story): string[] => story.names().filter((name) => !name.startsWith('Sybil'))

describe('a member keeps the seats of a room that has more devices than seats', () => {
  it('from somebody who lets in all of them by one link', () => {
    const { story } = kitchen()
    const link = story.invite(mallory)
    let last = link
    for (let nth = 0; nth < 499; nth++) last = story.add(mallory, personOf(`Sybil ${nth}`), link, { after: [last] })
    expect(honest(story)).toEqual(['Alice', 'Bob', 'Carol', 'Dave', 'Mallory'])
  })

  it('from somebody whose people let in one another, each only one', () => {
    const begun = kitchen()
    const { story } = begun
    let by: Person = mallory, last = begun.last
    for (let nth = 0; nth < 499; nth++) {
      const next = personOf(`Sybil ${nth}`)
      const link = story.invite(by, {}, { after: [last] })
      last = story.add(by, next, link, { after: [link] })
      by = next
    }
    expect(honest(story)).toEqual(['Alice', 'Bob', 'Carol', 'Dave', 'Mallory'])
  })

  it('though they came later and by a member, from those who come by a link of the creator', () => {
    const begun = kitchen()
    const { story, link } = begun
    let last = begun.last
    for (let nth = 0; nth < 496; nth++) last = story.add(mallory, personOf(`Sybil ${nth}`), link, { after: [last] })
    const bobs = story.invite(bob, {}, { after: [last] })
    story.add(bob, personOf('Erin'), bobs, { after: [bobs] })
    expect(honest(story)).toEqual(['Alice', 'Bob', 'Carol', 'Dave', 'Erin', 'Mallory'])
  })
})
