import { expect, test } from 'vitest'
import type { Message } from '#client'
import { createEditing } from './editing.ts'

const message = (text: string, canEdit: boolean): Message => ({ text, canEdit } as Message)

test('the newest message that may be edited is the one that ↑ brings back', () => {
  const editing = createEditing()
  expect(editing.beginNewest()).toBe(false)
  editing.show([message('first', true), message('second', true), message('of Bob', false)])
  expect(editing.beginNewest()).toBe(true)
  expect(editing.target.value?.text).toBe('second')
  editing.end()
  expect(editing.target.value).toBeNull()
})

test('where nothing may be edited, nothing is', () => {
  const editing = createEditing()
  editing.show([message('of Bob', false)])
  expect(editing.beginNewest()).toBe(false)
  expect(editing.target.value).toBeNull()
})
