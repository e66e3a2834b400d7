import { expect, test } from 'vitest'
import type { Member } from '#client'
import type { UserKey } from '#shared/ids.ts'
import { peopleOf } from './people.ts'

const member = (name: string, more: Partial<Member> = {}): Member => ({ user: name as UserKey, name, isMe: false, presence: 'offline', link: 'none', ...more } as Member)

test('everybody stands there once, as reachable as in the best room, oneself not at all', () => {
  const people = peopleOf([
    [member('Alice', { isMe: true }), member('Carol'), member('Bob')],
    [member('Alice', { isMe: true }), member('Bob', { presence: 'online', link: 'direct' }), member('Ann')]
  ])
  expect(people.map(({ name, link }) => [name, link])).toEqual([['Bob', 'direct'], ['Ann', 'none'], ['Carol', 'none']])
})
