import { expect, test } from 'vitest'
import type { Member } from '#client'
import type { UserKey } from '#shared/ids.ts'
import { groupMembers, nextAfterMe, rolesToInvite } from './group-members.ts'

const member = (name: string, more: Partial<Member> = {}): Member => ({
  user: name as UserKey, name, role: 'member', isMe: false, presence: 'offline', link: 'none', latencyMs: null, version: 'meets', lacks: null, lastSeenAt: null, nameMark: null,
  devices: 1, isCopied: false, rules: 'same', isDisagreeing: false, mutedUntil: null, place: 9, ...more
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

test('owners stand in the order in which they follow, whoever is there and whoever looks', () => {
  const owners = [member('Ann', { role: 'owner', place: 1, link: 'direct' }), member('Zoe', { role: 'owner', place: 0 }), { ...alice, place: 2 }]
  expect(groupMembers(owners)[0]?.members.map(({ name }) => name)).toEqual(['Zoe', 'Ann', 'Alice'])
})

test('who has the room is told who takes their place; nobody else follows anybody by leaving', () => {
  const first = { ...alice, place: 0 }
  expect(nextAfterMe([first, member('Bob', { place: 2 }), member('Carol', { place: 1 })])?.name).toBe('Carol')
  expect(nextAfterMe([first])).toBeNull()
  expect(nextAfterMe([{ ...alice, place: 1 }, member('Bob', { role: 'owner', place: 0 }), member('Carol', { place: 2 })])).toBeNull()
})
