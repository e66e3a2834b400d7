/** The public types of messages, as a room shows them, and of how far they got. */
import type { ReadonlySignal } from '@preact/signals-core'
import type { EnvelopeId, UserKey } from '#shared/ids.ts'
import type { NameMark } from './api-names.ts'

/**
 * `sending`: only on this device. `sent`: the node's mailbox or someone else holds it. `delivered`: at least one other member's device
 * holds it; see `deliveredTo`. `read`: at least one other member has seen it. `failed`: it could not be stored or was refused.
 */
export type MessageState = 'sending' | 'sent' | 'delivered' | 'read' | 'failed'

export interface Message {
  id: EnvelopeId
  author: UserKey
  authorName: string
  authorMark: NameMark | null
  isMine: boolean
  /** Unix ms by the author's clock, clamped to what is plausible. */
  sentAt: number
  text: string
  state: MessageState
  /** Members (not devices, without the author) that hold the message, of how many. */
  deliveredTo: number
  deliveredOf: number
  /** Members (without the author) that have read it and let that be known. */
  readBy: number
  /** Unix ms of the last edit; null when it was never edited. */
  editedAt: number | null
  /** The text is gone everywhere; what is left is that there was a message. `retention`: its time was over. */
  deleted: 'author' | 'moderator' | 'retention' | null
  canEdit: boolean
  canDelete: boolean
  keptAtNode: boolean
  /** Devices that hold it by the node's count, in rooms where members do not tell unasked; null while the node has not said. */
  countedByNode: number | null
  /** True for the first message that was unread when the timeline was opened. */
  isFirstUnread: boolean
}

export interface Timeline {
  /** Oldest first. Replaced as a whole on each change; messages that did not change keep their object. Null until the first page is loaded. */
  readonly messages: ReadonlySignal<readonly Message[] | null>
  readonly hasOlder: ReadonlySignal<boolean>
  loadOlder(): Promise<void>
  dispose(): void
}

/** `cameLater`: was no member yet when it was written, and holds it all the same. */
export interface MessageReceipt { user: UserKey, name: string, nameMark: NameMark | null, isDelivered: boolean, isRead: boolean, cameLater: boolean }

/**
 * `perPerson`: each member tells authors what is delivered. Otherwise the node counts, and members are asked when somebody looks.
 * `tellsReads`: authors can learn who has read what they wrote.
 */
export interface AcknowledgementPolicy { perPerson: boolean, tellsReads: boolean }
