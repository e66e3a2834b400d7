import { expect, test } from 'vitest'
import type { Message } from '#client'
import { actsOf } from '../../registries/message-acts.ts'
import './acts.tsx'

const message = (more: Partial<Message>): Message =>
  ({ isMine: false, state: 'delivered', deleted: null, canEdit: false, canDelete: false, ...more } as Message)

const idsOf = (of: Message): string[] => actsOf(of).map(({ id }) => id)

test('one’s own message can be edited, looked into and deleted', () => {
  expect(idsOf(message({ isMine: true, canEdit: true, canDelete: true }))).toEqual(['edit', 'details', 'delete', 'copy'])
})

test('a moderator deletes what others wrote, and never rewrites it', () => {
  expect(idsOf(message({ canDelete: true }))).toEqual(['delete', 'copy'])
})

test('nothing is left to do with a deleted message', () => {
  expect(idsOf(message({ isMine: true, canEdit: true, canDelete: true, deleted: 'author' }))).toEqual([])
})
