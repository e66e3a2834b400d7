import type { Message, MessageReaction } from '#client'
import { useAttempt } from '../../hooks/use-attempt.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useLanguage, useRoom } from '../../state/app-context.ts'
import { reactionWords } from './words.ts'
import './reactions.css'

/** A message that many react to stays readable: the rest is counted. */
const SHOWN_MAX = 20
/** As many as a tooltip can hold. */
const NAMED_MAX = 12

/** What people have reacted with, each with how many: pressed by this person or not, and a press changes that. */
export function Reactions ({ message: { id, reactions } }: { message: Message }) {
  const words = reactionWords.use()
  const react = useSignal(useRoom().messages.react)
  const attempt = useAttempt()
  if (reactions.length === 0) return null
  const rest = reactions.length - SHOWN_MAX
  return (
    <div className="reactions">
      {reactions.slice(0, SHOWN_MAX).map((one) => (
        <Chip key={one.emoji} reaction={one} onPress={react === null ? null : () => { attempt(() => react(id, one.emoji, !one.isMine)).catch(() => {}) }} />
      ))}
      {rest > 0 && <span className="muted">{words.more(rest)}</span>}
    </div>
  )
}

function Chip ({ reaction: { emoji, people, isMine }, onPress }: { reaction: MessageReaction, onPress: (() => void) | null }) {
  const words = reactionWords.use()
  const { code } = useLanguage()
  const names = people.slice(0, NAMED_MAX).map(({ text }) => text)
  const rest = people.length - names.length
  const by = new Intl.ListFormat(code).format(rest > 0 ? [...names, words.more(rest)] : names)
  return (
    <button
      type="button" className="reaction" data-reaction={emoji} aria-pressed={isMine} disabled={onPress === null} title={by}
      onClick={() => onPress?.()}
    >
      <span className="reaction-emoji">{emoji}</span> <span className="reaction-count">{people.length}</span>
    </button>
  )
}
