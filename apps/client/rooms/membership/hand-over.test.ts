import { describe, expect, test } from 'vitest'
import { alice, bob, carol, dave, kitchen, mallory } from '../../testing/membership-story.ts'

const namesIn = (story: ReturnType<typeof kitchen>): (string | undefined)[] => {
  const { order, members } = story.resolve()
  return order.map((user) => members.get(user)?.name)
}

describe('the order of a room', () => {
  test('is that of its owners as they were named, then of the roles, then of coming', () => {
    const story = kitchen()
    expect(namesIn(story)).toEqual(['Alice', 'Bob', 'Carol', 'Mallory'])
    story.role(alice, mallory, 'moderator')
    story.role(alice, carol, 'owner')
    story.role(alice, bob, 'owner')
    expect(namesIn(story)).toEqual(['Alice', 'Carol', 'Bob', 'Mallory'])
  })

  test('says who takes the place when the first leaves, also where nobody was named', () => {
    const story = kitchen()
    story.role(alice, carol, 'admin')
    expect(namesIn(story)[1]).toBe('Carol')
    story.leave(alice)
    expect(namesIn(story)).toEqual(['Carol', 'Bob', 'Mallory'])
    expect(story.roleOf(carol)).toBe('owner')
    story.leave(carol)
    expect(namesIn(story)).toEqual(['Bob', 'Mallory'])
    expect(story.roleOf(bob)).toBe('owner')
  })

  test('begins with who was handed the room, and who gave it is the next of those who became owner since', () => {
    const story = kitchen()
    const consent = story.replyOffer(bob, story.offerRoom(alice, bob), true)
    story.handOver(alice, bob, consent)
    story.role(bob, carol, 'owner')
    expect(namesIn(story)).toEqual(['Bob', 'Alice', 'Carol', 'Mallory'])
  })
})

describe('an offer of a room', () => {
  test('is told with the reply to it, and is over once the room was handed over', () => {
    const story = kitchen()
    const offer = story.offerRoom(alice, bob)
    expect(story.resolve().handOver).toEqual({ offer: offer.id, by: alice.user, to: bob.user, consent: null })
    const consent = story.replyOffer(bob, offer, true)
    expect(story.resolve().handOver?.consent).toBe(consent.id)
    story.handOver(alice, bob, consent)
    expect(story.resolve().handOver).toBeNull()
  })

  test('is over when it is declined, taken back or replaced, and when either of the two leaves', () => {
    const declined = kitchen()
    const offer = declined.offerRoom(alice, bob)
    declined.replyOffer(bob, offer, true)
    declined.replyOffer(bob, offer, false)
    expect(declined.resolve().handOver).toBeNull()

    const taken = kitchen()
    taken.offerRoom(alice, bob)
    taken.offerRoom(alice, carol)
    expect(taken.resolve().handOver?.to).toBe(carol.user)
    taken.offerRoom(alice, null)
    expect(taken.resolve().handOver).toBeNull()

    for (const who of [alice, bob]) {
      const left = kitchen()
      left.offerRoom(alice, bob)
      left.leave(who)
      expect(left.resolve().handOver).toBeNull()
    }
  })

  test('is the creator’s alone, and nobody else replies to it', () => {
    const story = kitchen()
    story.role(alice, carol, 'owner')
    story.offerRoom(carol, bob)
    expect(story.resolve().handOver).toBeNull()
    const offer = story.offerRoom(alice, bob)
    story.replyOffer(mallory, offer, true)
    story.replyOffer(mallory, offer, false)
    story.replyOffer(bob, offer, true, { creator: carol })
    expect(story.resolve().handOver).toMatchObject({ to: bob.user, consent: null })
    story.offerRoom(alice, dave)
    expect(story.resolve().handOver).toBeNull()
  })

  test('that was answered by two devices at the same moment holds: the creator may already hand over by it', () => {
    const story = kitchen()
    const offer = story.offerRoom(alice, bob)
    const consent = story.replyOffer(bob, offer, true, { after: [offer] })
    story.replyOffer(bob, offer, false, { after: [offer] })
    expect([consent.id, undefined]).toContain(story.resolve().handOver?.consent)
  })
})
