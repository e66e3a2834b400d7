import type { Room } from '#client'
import { Banner } from '../../components/banner.tsx'
import { useAttempt } from '../../hooks/use-attempt.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useWords } from '../../state/app-context.ts'

/** Asks the one to whom the room is offered, and tells both how far it is. */
export function HandOverBanner ({ room }: { room: Room }) {
  const { handingOver: words, names } = useWords()
  const handOver = useSignal(room.people.handOver)
  const attempt = useAttempt()
  if (handOver === null) return null
  const { isMine, isAccepted, accept, decline, name: { text, mark } } = handOver
  const question = isMine ? isAccepted ? words.underway : words.offered : isAccepted ? words.accepted : words.asked
  return (
    <div aria-live="polite" role="group" aria-label={words.menu}>
      <Banner
        kind="info"
        action={(
          <span className="banner-actions">
            {accept !== null && <button type="button" className="text-button" onClick={() => attempt(accept)}>{words.accept}</button>}
            <button type="button" className="text-button" onClick={() => attempt(decline)}>{isMine || isAccepted ? words.takeBack : words.decline}</button>
          </span>
        )}
      >
        {question(text)}{!isMine && mark !== null && ` ${names[mark]}`}
      </Banner>
    </div>
  )
}
