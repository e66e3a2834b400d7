import { describe, expect, test } from 'vitest'
import type { EnvelopeId, InviteId } from '#shared/ids.ts'
import { alice, bob, carol, dave, kitchen, mallory, TODAY, type Story } from '../../testing/membership-story.ts'
import type { Operation } from './operations.ts'

describe('an invitation that somebody announced again', () => {
  const announcedTwice = (terms: Parameters<Story['invite']>[1], first: Parameters<Story['invite']>[1] = {}): { story: Story, link: Operation, again: Operation, id: InviteId } => {
    const story = kitchen()
    const link = story.invite(alice, { role: 'moderator', ...first })
    const { inviteId: id } = link.body as { inviteId: InviteId }
    // As if it had been before: it does not know of the invitation.
    const again = story.invite(mallory, { id, ...terms }, { after: [story.settled] })
    return { story, link, again, id }
  }

  test('from the past, on other terms, is what it was for who names it', () => {
    const { story, link } = announcedTwice({ role: 'member', maxUses: 1, expiresAt: TODAY - 1 })
    story.add(bob, dave, link, { role: 'moderator' })
    expect(story.roleOf(dave)).toBe('moderator')
  })

  test('admits by its own terms, and by the rights of who announced it', () => {
    const { story, again } = announcedTwice({ role: 'moderator' })
    story.add(bob, dave, again, { role: 'moderator' })
    expect(story.roleOf(dave)).toBe(null)
    const other = announcedTwice({ role: 'member' })
    other.story.add(bob, dave, other.again)
    expect(other.story.roleOf(dave)).toBe('member')
  })

  test('is relied on by the highest authority, whichever is open', () => {
    const { story, link, again, id } = announcedTwice({ role: 'member' })
    const first = (): EnvelopeId | undefined => story.resolve().invites.get(id)?.announcement
    expect(first()).toBe(link.id)
    story.revoke(mallory, again)
    expect(story.resolve().announcements.get(id)).toMatchObject([{ announcement: link.id, isRevoked: false }, { announcement: again.id, isRevoked: true }])
    const used = announcedTwice({ role: 'member' }, { maxUses: 1 })
    used.story.add(bob, dave, used.link, { role: 'moderator' })
    expect(used.story.resolve().invites.get(used.id)?.announcement, 'the other is used up').toBe(used.again.id)
  })

  test('stays closed where somebody above has revoked it', () => {
    const { story, link, again, id } = announcedTwice({ role: 'member' })
    story.revoke(alice, link)
    expect(story.resolve().announcements.get(id)?.map(({ isRevoked }) => isRevoked)).toEqual([true, true])
    expect(story.resolve().announcements.get(id)?.map(({ announcement }) => announcement)).toContain(again.id)
  })
})

describe('an invitation that was revoked is not opened by announcing it again', () => {
  const openOnes = (story: Story, link: Operation): EnvelopeId[] => {
    const { inviteId } = link.body as { inviteId: InviteId }
    const all = story.resolve().announcements.get(inviteId) ?? []
    return all.filter(({ isRevoked }) => !isRevoked).map(({ announcement }) => announcement)
  }
  const idOf = (link: Operation): InviteId => (link.body as { inviteId: InviteId }).inviteId
  const twoAdmins = (): { story: Story, link: Operation } => {
    const story = kitchen()
    for (const person of [bob, carol]) story.role(alice, person, 'admin')
    return { story, link: story.invite(mallory) }
  }

  test('by an equal of who revoked it, whether they knew of that or not', () => {
    for (const isKnown of [true, false]) {
      const { story, link } = twoAdmins()
      const revoked = story.revoke(bob, link)
      story.invite(carol, { id: idOf(link) }, { after: [isKnown ? revoked : link] })
      expect(openOnes(story, link)).toEqual([])
    }
  })

  test('by somebody above who revoked it', () => {
    const { story, link } = twoAdmins()
    story.revoke(mallory, link)
    story.invite(alice, { id: idOf(link) })
    expect(openOnes(story, link)).toEqual([])
    const other = twoAdmins()
    other.story.revoke(bob, other.link)
    other.story.invite(alice, { id: idOf(other.link) })
    expect(openOnes(other.story, other.link)).toEqual([])
  })

  test('by its maker, of whom a new one is open', () => {
    const { story, link } = twoAdmins()
    story.revoke(bob, link)
    story.invite(mallory, { id: idOf(link) })
    expect(openOnes(story, link)).toEqual([])
    const fresh = story.invite(mallory)
    expect(openOnes(story, fresh)).toEqual([fresh.id])
  })

  test('and none is closed by revoking an announcement of it that somebody below has made again', () => {
    const { story } = twoAdmins()
    const link = story.invite(alice, { role: 'moderator' })
    const again = story.invite(mallory, { id: idOf(link) })
    story.revoke(mallory, again)
    expect(openOnes(story, link)).toEqual([link.id])
  })
})
