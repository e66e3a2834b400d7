/** What stands under the words of a message. */
import type { ComponentType } from 'react'
import type { Message } from '#client'
import { createRegistry, type Registered } from './registry.ts'

export interface MessagePart extends Registered {
  /** Drawn for every message that is not gone: returns null where it has nothing to show. */
  Part: ComponentType<{ message: Message }>
}

export const messageParts = createRegistry<MessagePart>()
