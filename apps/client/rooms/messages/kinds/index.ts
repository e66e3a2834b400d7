/** All kinds of messages. A new kind is a file beside this one and a line below. */
import { deletion } from './delete.ts'
import { edit } from './edit.ts'
import type { MessageKind } from './kind.ts'
import { offer } from './offer.ts'
import { reaction } from './reaction.ts'
import { text } from './text.ts'

export type { Folded, MessageKind, Related } from './kind.ts'

const KINDS = [text, deletion, edit, offer, reaction] as const

type ContentOf<Kind> = Kind extends MessageKind<infer Content> ? Content : never
/** What can be sent. */
export type SentContent = ContentOf<(typeof KINDS)[number]>

const all: readonly MessageKind<SentContent>[] = KINDS.map((kind) => kind as MessageKind<SentContent>)
const byNumber = new Map(all.map((kind) => [kind.number, kind]))
const byType = new Map<string, MessageKind<SentContent>>(all.map((kind) => [kind.type, kind]))

export const kindWithNumber = (number: unknown): MessageKind<SentContent> | undefined => typeof number === 'number' ? byNumber.get(number) : undefined
/** @param type also of content that has no kind: of a later version, or erased */
export const kindOf = (type: string): MessageKind<SentContent> | undefined => byType.get(type)
/** Relations whose time is over with that of the message they are about. */
export const endingWithTarget: readonly MessageKind<SentContent>[] = all.filter(({ role, outlasts }) => role === 'relation' && outlasts !== true)
/** Those that change what is shown of the messages they are about. */
export const folding: readonly MessageKind<SentContent>[] = all.filter((kind) => kind.fold !== undefined)
