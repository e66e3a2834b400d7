import { expect, test } from 'vitest'
import type { Message } from '#client'
import type { EnvelopeId, UserKey } from '#shared/ids.ts'
import { countAfter, GROUP_WITHIN_MS, isPrepend, toRows } from './message-rows.ts'

const noon = new Date(2026, 10, 20, 12).getTime()
const DAY_MS = 24 * 3_600_000

const says = (author: string, sentAt: number, more: Partial<Message> = {}): Message => ({
  id: `${author}-${sentAt}` as EnvelopeId, author: author as UserKey, authorName: author, authorMark: null, isMine: author === 'Alice', sentAt, text: 'hi', state: 'sent',
  deliveredTo: 0, deliveredOf: 1, keptAtNode: true, countedByNode: null, isFirstUnread: false, readBy: 0, editedAt: null, deleted: null, canEdit: false, canReact: false, reactions: [], canDelete: false, ...more
})
const groups = (messages: Message[]): boolean[] => toRows(messages).map((row) => row.startsGroup)

test('what Alice writes within five minutes stands together, until Bob speaks', () => {
  expect(groups([says('Alice', noon), says('Alice', noon + GROUP_WITHIN_MS), says('Bob', noon + GROUP_WITHIN_MS + 1), says('Alice', noon + GROUP_WITHIN_MS + 2)]))
    .toEqual([true, false, true, true])
})

test('a pause of more than five minutes begins a new group', () => {
  expect(groups([says('Alice', noon), says('Alice', noon + GROUP_WITHIN_MS + 1)])).toEqual([true, true])
})

test('a clock that went back an hour begins a new group too', () => {
  expect(groups([says('Alice', noon), says('Alice', noon - 3_600_000)])).toEqual([true, true])
})

test('each day begins with a rule, also when both messages are a minute apart over midnight', () => {
  const midnight = new Date(2026, 10, 21).getTime()
  const rows = toRows([says('Alice', midnight - 30_000), says('Alice', midnight + 30_000), says('Alice', midnight + DAY_MS)])
  expect(rows.map((row) => row.startsDay)).toEqual([true, true, true])
  expect(rows[1]?.startsGroup).toBe(true)
})

test('the first unread message stands under a line and shows its author', () => {
  const [, row] = toRows([says('Bob', noon), says('Bob', noon + 1000, { isFirstUnread: true })])
  expect(row).toMatchObject({ startsUnread: true, startsGroup: true, startsDay: false })
})

test('rows that did not change keep their object, so that only the changed one is drawn', () => {
  const [one, two] = [says('Alice', noon), says('Bob', noon + 1)]
  const before = toRows([one, two])
  const after = toRows([one, { ...two, state: 'delivered' }], before)
  expect(after[0]).toBe(before[0])
  expect(after[1]).not.toBe(before[1])
})

test('the message that began the history loses its day rule when an older page of the same day comes before it', () => {
  const first = says('Alice', noon)
  const before = toRows([first])
  expect(toRows([says('Alice', noon - 1000), first], before)[1]).toMatchObject({ startsDay: false, startsGroup: false })
})

test('older pages are told from new messages', () => {
  const ids = (...names: string[]): { id: string }[] => names.map((id) => ({ id }))
  expect(isPrepend(ids('c', 'd'), ids('a', 'b', 'c', 'd'))).toBe(true)
  expect(isPrepend(ids('c', 'd'), ids('c', 'd', 'e'))).toBe(false)
  expect(isPrepend(ids('c', 'd'), ids('c', 'd'))).toBe(false)
  expect(isPrepend([], ids('a'))).toBe(false)
})

test('the pill counts what others said since Alice looked, not what she said', () => {
  const messages = [says('Bob', 1), says('Bob', 2), says('Alice', 3), says('Carol', 4)]
  expect(countAfter(messages, messages[0]?.id ?? null)).toBe(2)
  expect(countAfter(messages, messages[3]?.id ?? null)).toBe(0)
  expect(countAfter(messages, null)).toBe(3)
})
