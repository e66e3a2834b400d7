/** What can be done with a message: a button over it, an entry of its menu, or both. */
import type { ComponentType, ReactNode } from 'react'
import type { Message, Room } from '#client'
import type { Anchor } from '../components/popover.tsx'
import type { Editing } from '../features/messages/editing.ts'
import type { Language } from '../i18n/index.ts'
import { createRegistry, type Registered } from './registry.ts'

export interface ActContext {
  room: Room
  message: Message
  editing: Editing
  /** Does work that may fail, and says so. */
  attempt: (work: () => Promise<void>) => void
}

export interface MessageAct extends Registered {
  icon: ReactNode
  isDanger?: boolean
  /** Not among the buttons over a message, which stay few. */
  isInMenuOnly?: boolean
  label (language: Language): string
  /** Whether it can be done with this message now. */
  isOffered (message: Message): boolean
  /** Does it at once. An act has this or `Overlay`. */
  perform?: (context: ActContext) => void
  /** Opens over the list to do it, beside what was pressed. */
  Overlay?: ComponentType<{ room: Room, message: Message, anchor: Anchor, onClose: () => void }>
}

export const messageActs = createRegistry<MessageAct>()

/** Of a message, in the order shown; nothing of one that is gone. */
export const actsOf = (message: Message): readonly MessageAct[] =>
  message.deleted === null ? messageActs.all().filter((act) => act.isOffered(message)) : []
