import { expect, test } from 'vitest'
import type { OpenInvite } from '#client'
import type { InviteId, UserKey } from '#shared/ids.ts'
import { usableInvite } from './usable-invite.ts'

const invite = (link: string | null, more: Partial<OpenInvite> = {}): OpenInvite =>
  ({ id: 'i' as InviteId, link, expiresAt: 1000, maxUses: null, uses: 0, createdBy: 'alice' as UserKey, role: 'member', needsApproval: false, ...more })

test('the dialog shows the link that works for the longest', () => {
  expect(usableInvite([invite('a'), invite('b', { expiresAt: 2000 })], 0)?.link).toBe('b')
})

test('expired and unknown links are not shown again', () => {
  expect(usableInvite([invite('a'), invite(null, { expiresAt: 5000 })], 1000)).toBeNull()
})

test('a link that gives more, or to fewer, is shown to nobody who did not ask for it', () => {
  for (const special of [{ role: 'moderator' }, { role: 'observer' }, { needsApproval: true }, { maxUses: 1 }] as const) {
    expect(usableInvite([invite('a', special)], 0), JSON.stringify(special)).toBeNull()
  }
})
