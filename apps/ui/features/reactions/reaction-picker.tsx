import { useState, type SubmitEvent } from 'react'
import type { Message, Room } from '#client'
import { Popover, type Anchor } from '../../components/popover.tsx'
import { useAttempt } from '../../hooks/use-attempt.ts'
import { reactionWords } from './words.ts'
import './reactions.css'

const QUICK = ['👍', '❤️', '😂', '😮', '😢', '🙏']

/** Six that people use most, and a box for any other. Arrows move between the six, as in a toolbar. */
export function ReactionPicker ({ room, message, anchor, onClose }: { room: Room, message: Message, anchor: Anchor, onClose: () => void }) {
  const words = reactionWords.use()
  const attempt = useAttempt()
  const [typed, setTyped] = useState('')
  const isOn = (emoji: string): boolean => message.reactions.some((one) => one.emoji === emoji && one.isMine)
  const toggle = (emoji: string): void => {
    onClose()
    attempt(async () => { await room.messages.react.peek()?.(message.id, emoji, !isOn(emoji)) }).catch(() => {})
  }
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    if (typed.trim() !== '') toggle(typed.trim())
  }
  return (
    <Popover anchor={anchor} label={words.react} role="dialog" className="reaction-picker" onClose={onClose}>
      <div className="reaction-quick">
        {QUICK.map((emoji, index) => (
          <button
            key={emoji} type="button" className="reaction-choice" aria-label={words.reactWith(emoji)} aria-pressed={isOn(emoji)}
            {...(index === 0 ? { 'data-autofocus': true } : {})} onClick={() => toggle(emoji)}
            onKeyDown={(event) => {
              const buttons = [...event.currentTarget.parentElement?.querySelectorAll('button') ?? []]
              const to = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: QUICK.length - 1 }[event.key]
              if (to === undefined) return
              event.preventDefault()
              buttons[(to + QUICK.length) % QUICK.length]?.focus()
            }}
          >
            {emoji}
          </button>
        ))}
      </div>
      <form className="reaction-other" onSubmit={submit}>
        <input
          aria-label={words.other} placeholder={words.otherHint} value={typed} maxLength={32} autoComplete="off" spellCheck={false}
          onChange={(event) => setTyped(event.target.value)}
        />
        <button type="submit" className="text-button">{words.add}</button>
      </form>
    </Popover>
  )
}
