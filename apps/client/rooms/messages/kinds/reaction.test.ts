import { describe, expect, it } from 'vitest'
import type { EnvelopeId, UserKey } from '#shared/ids.ts'
import { decodeContent, encodeContent } from '../content.ts'
import type { Folded, Related } from './kind.ts'
import { isEmoji, reaction, type Reaction } from './reaction.ts'

const target = 'aa'.repeat(32) as EnvelopeId
const message: Folded = { author: 'alice' as UserKey, text: 'Soup?', editedAt: null }

/** `bob +👍` at clock 1, `bob -👍` at clock 2 and so on. */
const said = (...those: string[]): Related<Reaction>[] => those.map((one, at) => {
  const [author = '', sign = ''] = one.split(' ')
  return {
    id: `${at}` as EnvelopeId, author: author as UserKey, lamport: at + 1, sentAt: 0,
    content: { type: 'reaction', target, emoji: sign.slice(1), isOn: sign.startsWith('+') }
  }
})
const shown = (related: readonly Related<Reaction>[]): string[] =>
  (reaction.fold?.(message, related).reactions ?? []).map(({ emoji, users }) => `${emoji} ${users.join(', ')}`)

describe('of what people put under a message', () => {
  it('each sign is there once for each person, in the order in which it was first put there', () => {
    expect(shown(said('bob +👍', 'carol +🎉', 'carol +👍', 'bob +👍'))).toEqual(['👍 bob, carol', '🎉 carol'])
  })

  it('what was taken away is gone, whichever of their devices said it and in whatever order it comes', () => {
    const related = said('bob +👍', 'carol +👍', 'bob -👍')
    expect(shown(related)).toEqual(['👍 carol'])
    expect(shown(related.toReversed())).toEqual(['👍 carol'])
  })

  it('what was put back is there, and taking away what was never there changes nothing', () => {
    expect(shown(said('bob +👍', 'bob -👍', 'bob +👍', 'carol -🎉'))).toEqual(['👍 bob'])
    expect(reaction.fold?.(message, said('carol -🎉'))).toBe(message)
  })
})

describe('a reaction is one emoji', () => {
  it.each(['👍', '❤️', '👩‍👩‍👧‍👦', '🏴󠁧󠁢󠁳󠁣󠁴󠁿', '🇩🇪', '5️⃣', '👍🏿'])('%s', (emoji) => {
    expect(isEmoji(emoji)).toBe(true)
    const content = { type: 'reaction', target, emoji, isOn: true } as const
    expect(decodeContent(encodeContent(content))).toEqual(content)
  })

  it.each(['', ' ', 'a', '5', '👍👍', '👍 ', 'ok👍', '\u202e', `👍${'\u0301'.repeat(40)}`, '<b>'])('and never %j', (text) => {
    expect(isEmoji(text)).toBe(false)
    expect(() => encodeContent({ type: 'reaction', target, emoji: text, isOn: true })).toThrow('not-an-emoji')
  })
})
