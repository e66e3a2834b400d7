/** What is done to messages that were sent: edited, deleted, read, checked. */
import { signal } from '@preact/signals-core'
import type { Room } from '../api.ts'

export type MessageActions = Pick<Room,
  'editMessage' | 'deleteMessage' | 'receiptsOf' | 'sendsReadMarks' | 'setSendsReadMarks' | 'repair' | 'forget'>

export const createMessageActions = (): MessageActions => ({
  editMessage: signal(null),
  deleteMessage: signal(null),
  receiptsOf: () => Promise.resolve([]),
  sendsReadMarks: signal(false),
  setSendsReadMarks: () => Promise.resolve(),
  repair: () => Promise.resolve({ checked: 0, damaged: 0 }),
  forget: signal(null)
})
