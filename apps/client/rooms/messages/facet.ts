/** `Room.messages`: what is written, how far it got, and what is done to it afterwards. */
import type { ReadonlySignal } from '@preact/signals-core'
import type { EnvelopeId, UserKey } from '#shared/ids.ts'
import type { DisplayedName, NameMark } from '../../api-names.ts'

export interface RoomMessages {
  /**
   * Stores, then sends. Resolves when the message is stored on this device. Null when this device may not write here.
   * Rejects with `message-empty`, `message-too-long`, `storage-full`.
   */
  readonly send: ReadonlySignal<((text: string) => Promise<EnvelopeId>) | null>
  /** Slow mode: when the next message may be sent, Unix ms; null at once. */
  readonly nextSendAt: ReadonlySignal<number | null>
  /** The unsent text, kept per room across restarts. */
  readonly draft: ReadonlySignal<string>
  setDraft(text: string): void
  /** A live window onto the messages, newest page first. Dispose it when it is no longer shown. */
  openTimeline(options?: { pageSize?: number }): Timeline
  /** Marks everything up to the newest message as read. */
  markRead(): Promise<void>
  /** The author's own message. Rejects with `message-empty`, `message-too-long`, `not-allowed`. */
  readonly edit: ReadonlySignal<((id: EnvelopeId, text: string) => Promise<void>) | null>
  /** Puts a sign under a message, or takes one's own away. Rejects with `not-an-emoji`, `not-allowed`. */
  readonly react: ReadonlySignal<((id: EnvelopeId, emoji: string, isOn: boolean) => Promise<void>) | null>
  /** One's own, or anybody's of lower rank for moderators. Rejects with `not-allowed`. */
  readonly delete: ReadonlySignal<((id: EnvelopeId) => Promise<void>) | null>
  /**
   * Who holds and who has read a message of this person; the newest knowledge, others first to have read. Where members do not tell unasked,
   * it asks them: what they respond is in the next result, and `deliveredTo` of the message changes.
   */
  receiptsOf(id: EnvelopeId): Promise<readonly MessageReceipt[]>
  /** Whether the node's mailbox holds all that this device wrote; false while something waits for it. */
  readonly keptAtNode: ReadonlySignal<boolean>
  /** How far authors and readers learn of each other here, which the number of members decides. */
  readonly acknowledgements: ReadonlySignal<AcknowledgementPolicy>
  /** Whether others are told what this person has read here. */
  readonly sendsReadMarks: ReadonlySignal<boolean>
  setSendsReadMarks(sends: boolean): Promise<void>
}

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
  /** In the order in which they were first put there; at most one per person and emoji. */
  reactions: readonly MessageReaction[]
  canEdit: boolean
  canReact: boolean
  canDelete: boolean
  keptAtNode: boolean
  /** Devices that hold it by the node's count, in rooms where members do not tell unasked; null while the node has not said. */
  countedByNode: number | null
  /** True for the first message that was unread when the timeline was opened. */
  isFirstUnread: boolean
}

export interface MessageReaction { emoji: string, people: readonly DisplayedName[], isMine: boolean }

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
