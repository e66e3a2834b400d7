import { useId } from 'react'
import type { PendingAction, Room } from '#client'
import { Banner } from '../../components/banner.tsx'
import { useAttempt } from '../../hooks/use-attempt.ts'
import { useNow } from '../../hooks/use-now.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useLanguage } from '../../state/app-context.ts'
import { askedFor, stateOf } from './pending-words.ts'

/** Each is a line above the conversation: the others follow as these are dealt with. */
const SHOWN_MAX = 3

/** Actions on others that wait until this device has caught up, and are then asked again with what has changed. */
export function PendingBanners ({ room }: { room: Room }) {
  const { words: { pending: w } } = useLanguage()
  const pending = useSignal(room.people.pending)
  const more = pending.length - SHOWN_MAX
  return (
    <div role="group" aria-live="polite" aria-label={w.title}>
      {pending.slice(0, SHOWN_MAX).map((one) => <PendingBanner key={one.id} pending={one} />)}
      {more > 0 && <Banner kind="waiting">{w.more(more)}</Banner>}
    </div>
  )
}

function PendingBanner ({ pending }: { pending: PendingAction }) {
  const language = useLanguage()
  const { pending: w, names } = language.words
  const now = useNow(60_000)
  const attempt = useAttempt()
  const id = useId()
  const { name, state, confirm } = pending
  return (
    <div role="group" aria-labelledby={id}>
      <Banner
        kind={state === 'waiting' ? 'waiting' : 'info'}
        action={(
          <span className="banner-actions">
            {confirm !== null && <TextButton describedBy={id} onClick={() => attempt(confirm)}>{w.confirm}</TextButton>}
            <TextButton describedBy={id} onClick={() => attempt(() => pending.discard())}>{w.discard}</TextButton>
          </span>
        )}
      >
        <span id={id}><strong>{askedFor(pending, language, now)}</strong> {stateOf(pending, language)}</span>
        {name?.mark != null && ` ${names[name.mark]}`}
      </Banner>
    </div>
  )
}

interface TextButtonProps { describedBy: string, onClick: () => void, children: string }

function TextButton ({ describedBy, onClick, children }: TextButtonProps) {
  return <button type="button" className="text-button" aria-describedby={describedBy} onClick={onClick}>{children}</button>
}
