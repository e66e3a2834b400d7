import { describe, expect, test } from 'vitest'
import type { EnvelopeId, InviteId } from '#shared/ids.ts'
import { alice, bob, dave, kitchen, mallory, TODAY, type Story } from '../../testing/membership-story.ts'
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
