import { expect, test } from 'vitest'
import type { Member } from '#client'
import type { UserKey } from '#shared/ids.ts'
import { groupMembers, heirsOf, rolesToInvite } from './group-members.ts'

const member = (name: string, more: Partial<Member> = {}): Member => ({
  user: name as UserKey, name, role: 'member', isMe: false, presence: 'offline', link: 'none', latencyMs: null, version: 'meets', lacks: null, lastSeenAt: null, nameMark: null,
  devices: 1, isCopied: false, rules: 'same', isDisagreeing: false, mutedUntil: null, ...more
})
const alice = member('Alice', { isMe: true, role: 'owner', presence: 'online' })

test('members stand by role, in each oneself first, then who is there, then by name', () => {
  const groups = groupMembers([member('Dora'), member('Bob', { role: 'moderator' }), member('Carol', { link: 'relayed' }), member('Ann'), alice])
  expect(groups.map(({ role, members }) => [role, members.map(({ name }) => name)])).toEqual([
    ['owner', ['Alice']], ['moderator', ['Bob']], ['member', ['Carol', 'Ann', 'Dora']]
  ])
})

test('a link gives a role below one’s own, members invite members, and ownership is never given', () => {
  expect(rolesToInvite('owner')).toEqual(['admin', 'moderator', 'member', 'observer'])
  expect(rolesToInvite('member')).toEqual(['member', 'observer'])
  expect(rolesToInvite('moderator')).toEqual(['member', 'observer'])
  expect(rolesToInvite(null)).toEqual([])
})

test('the only owner is told who follows: the strongest of the others', () => {
  expect(heirsOf([alice, member('Bob'), member('Carol', { role: 'moderator' })]).map(({ name }) => name)).toEqual(['Carol'])
  expect(heirsOf([alice, member('Bob'), member('Carol')])).toHaveLength(2)
  expect(heirsOf([alice])).toEqual([])
  expect(heirsOf([alice, member('Bob', { role: 'owner' }), member('Carol')])).toEqual([])
})
