import { expect, test } from 'vitest'
import type { OpenInvite } from '#client'
import type { InviteId, UserKey } from '#shared/ids.ts'
import { usableInvite } from './usable-invite.ts'

const invite = (link: string | null, more: Partial<OpenInvite> = {}): OpenInvite =>
  ({ id: 'i' as InviteId, link, expiresAt: 1000, maxUses: null, uses: 0, createdBy: 'alice' as UserKey, role: 'member', needsApproval: false, ...more })

test('the dialog shows the link that works for the longest', () => {
  expect(usableInvite([invite('a'), invite('b', { expiresAt: 2000 })], 0)).toBe('b')
})

test('expired, used up and unknown links are not shown again', () => {
  expect(usableInvite([invite('a'), invite('b', { expiresAt: 5000, maxUses: 2, uses: 2 }), invite(null, { expiresAt: 5000 })], 1000)).toBeNull()
})
