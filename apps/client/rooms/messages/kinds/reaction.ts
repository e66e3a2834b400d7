/** One sign under a message, by one person: put there, or taken away again. */
import { ParleyError } from '#shared/errors.ts'
import { fromHex, type EnvelopeId, type UserKey } from '#shared/ids.ts'
import { readText, WireError } from '#shared/wire/cbor.ts'
import type { MessageKind, Related } from './kind.ts'
import { readId } from './read-id.ts'

export interface Reaction { type: 'reaction', target: EnvelopeId, emoji: string, isOn: boolean }

/** The longest sequences in use take 35 bytes: flags of regions, couples with two skin tones. */
const EMOJI_MAX_BYTES = 64
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
/** Pictures, flags, and digits in a box; not the plain digits, which are `\p{Emoji}` too. */
const IS_PICTURE = /\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|^[0-9#*]\uFE0F?\u20E3$/u

/** Whether a text is one emoji, also one that is newer than this program. */
export function isEmoji (text: string): boolean {
  const [first, ...others] = graphemes.segment(text)
  return first !== undefined && others.length === 0 && IS_PICTURE.test(text) && new TextEncoder().encode(text).length <= EMOJI_MAX_BYTES
}

export const reaction: MessageKind<Reaction> = {
  type: 'reaction',
  number: 4,
  role: 'relation',
  /** @throws {ParleyError} `not-an-emoji` */
  fields ({ target, emoji, isOn }) {
    if (!isEmoji(emoji)) throw new ParleyError('not-an-emoji')
    return [fromHex(target), emoji, isOn]
  },
  read ([target, emoji, isOn]) {
    const text = readText(emoji, 'emoji', EMOJI_MAX_BYTES)
    if (!isEmoji(text)) throw new WireError('not-an-emoji')
    if (typeof isOn !== 'boolean') throw new WireError('malformed-reaction')
    return { type: 'reaction', target: readId(target), emoji: text, isOn }
  },
  targets: ({ target }) => [target],
  /** RULE: of what one person has said of one sign, on any of their devices, the one with the greatest (lamport, id) stands. */
  fold (message, related) {
    const newest = new Map<string, Related<Reaction>>()
    for (const one of related.toSorted((a, b) => a.lamport - b.lamport || (a.id < b.id ? -1 : 1))) newest.set(`${one.author ?? ''} ${one.content.emoji}`, one)
    const users = new Map<string, UserKey[]>()
    for (const { author, content } of newest.values()) {
      if (author !== undefined && content.isOn) users.set(content.emoji, [...users.get(content.emoji) ?? [], author])
    }
    return users.size === 0 ? message : { ...message, reactions: [...users].map(([emoji, by]) => ({ emoji, users: by })) }
  }
}
