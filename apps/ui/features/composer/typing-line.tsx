import type { DisplayedName, Room } from '#client'
import type { Messages } from '../../i18n/index.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useWords } from '../../state/app-context.ts'

/** Returns up to three names, then that there are several. Empty when nobody types. */
export function typingText (typists: readonly DisplayedName[], { composer: words, names: { marked } }: Pick<Messages, 'composer' | 'names'>): string {
  const [a, b, c] = typists.map(({ text, mark }) => marked(text, mark))
  if (a === undefined) return ''
  if (b === undefined) return words.typingOne(a)
  if (c === undefined) return words.typingTwo(a, b)
  return typists.length === 3 ? words.typingThree(a, b, c) : words.typingSeveral
}

export function TypingLine ({ room }: { room: Room }) {
  const words = useWords()
  const text = typingText(useSignal(room.live.typing), words)
  return <p className="typing">{text !== '' && <><span className="typing-dots" aria-hidden="true"><i /><i /><i /></span>{text}</>}</p>
}
