/** What one kind of message is: all that differs from kind to kind stands in one file of this folder, and its line in `index.ts`. */
import type { EnvelopeId, UserKey } from '#shared/ids.ts'
import type { Cbor } from '#shared/wire/cbor.ts'

export interface MessageKind<Content extends { type: string } = { type: string }> {
  readonly type: Content['type']
  /** The first field on the wire. */
  readonly number: number
  /** `shown`: stands in the conversation. `relation`: is about other entries. `hidden`: is for devices, not for people. */
  readonly role: 'shown' | 'relation' | 'hidden'
  /** The fields that follow the number. @throws {ParleyError} when the content may not be sent */
  fields(content: Content): Cbor[]
  /** @param fields those that follow the number @throws {WireError} */
  read(fields: readonly unknown[]): Content
  /** The entries that a relation is about. */
  targets?(content: Content): readonly EnvelopeId[]
  /** A relation that has its effect still when the time of what it says is over. */
  readonly outlasts?: true
  /** RULE: how relations of this kind change what is shown of the message that they are about. Without it they change nothing there by themselves. */
  fold?(message: Folded, related: readonly Related<Content>[]): Folded
}

/** What a message says with its relations; a kind that folds adds what it needs. */
export interface Folded {
  readonly author: UserKey | undefined
  readonly text: string
  /** Unix ms by the author's clock; null where the words are the first ones. */
  readonly editedAt: number | null
  /** In the order in which they were first put there. */
  readonly reactions?: readonly FoldedReaction[]
}

/** Who has put a sign under a message, the first one first. */
export interface FoldedReaction { readonly emoji: string, readonly users: readonly UserKey[] }

/** A relation, with what orders it among others. */
export interface Related<Content> {
  id: EnvelopeId
  author: UserKey | undefined
  lamport: number
  /** Unix ms by the author's clock. */
  sentAt: number
  content: Content
}
