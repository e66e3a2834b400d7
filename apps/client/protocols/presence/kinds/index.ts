/** All kinds of unstored frames. A new kind is a file beside this one and a line below. */
import { agreement } from './agreement.ts'
import { ask } from './ask.ts'
import { call } from './call.ts'
import type { EphemeralKind } from './kind.ts'
import { order } from './order.ts'
import { read } from './read.ts'
import { receiptAndRead } from './receipt-and-read.ts'
import { receipt } from './receipt.ts'
import { ring } from './ring.ts'
import { typing } from './typing.ts'
import { voice } from './voice.ts'

const KINDS = [typing, receipt, read, ask, receiptAndRead, agreement, call, ring, order, voice] as const

type ContentOf<Kind> = Kind extends EphemeralKind<infer Content, infer _> ? Content : never
export type SentPresence = ContentOf<(typeof KINDS)[number]>
export type PresenceContent = SentPresence | { type: 'unknown' }

const byNumber = new Map(KINDS.map((kind) => [kind.number, kind as EphemeralKind<SentPresence>]))
const byType = new Map(KINDS.map((kind) => [kind.type as string, kind as EphemeralKind<SentPresence>]))

export const kindWithNumber = (number: unknown): EphemeralKind<SentPresence> | undefined => typeof number === 'number' ? byNumber.get(number) : undefined

export function kindOf (content: SentPresence): EphemeralKind<SentPresence> {
  const kind = byType.get(content.type)
  if (kind === undefined) throw new Error(`there is no kind of frame ${content.type}`)
  return kind
}

/** Combines two frames of one sender, of which the second is newer; null where frames of this kind are applied one by one. */
export function unite (before: PresenceContent | undefined, now: PresenceContent): PresenceContent | null {
  const kind = now.type === 'unknown' ? undefined : kindOf(now)
  if (now.type === 'unknown' || kind?.unite === undefined) return null
  return before?.type === now.type ? kind.unite(before, now) : now
}
