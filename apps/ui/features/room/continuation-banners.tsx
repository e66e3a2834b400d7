import type { Continuation, Room } from '#client'
import { Banner } from '../../components/banner.tsx'
import { useAttempt } from '../../hooks/use-attempt.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useUi, useWords } from '../../state/app-context.ts'

/** Each is a line above the conversation: what a few people announce at once leaves room to read. */
const SHOWN_MAX = 3

/** Tells where this room continues, with the way in. */
export function ContinuationBanners ({ room }: { room: Room }) {
  const continuations = useSignal(room.settings.continuations)
  if (continuations.length === 0) return null
  return <div aria-live="polite">{continuations.slice(-SHOWN_MAX).map((one) => <ContinuationBanner key={one.tag} continuation={one} />)}</div>
}

function ContinuationBanner ({ continuation: { tag, name: given, by, isMine, isJoined, link, hide } }: { continuation: Continuation }) {
  const { continuing: words, names } = useWords()
  const { dialogs, joining, navigation } = useUi()
  const attempt = useAttempt()
  const name = given === '' ? names.unnamedRoom : given
  const enter = (): void => {
    if (isJoined) navigation.go({ page: 'room', tag })
    else {
      joining.receive(link)
      dialogs.show('join')
    }
  }
  return (
    <Banner
      kind="info"
      action={(
        <span className="banner-actions">
          <button type="button" className="text-button" onClick={enter}>{isJoined ? words.open : words.join}</button>
          <button type="button" className="text-button" onClick={() => attempt(hide)}>{words.hide}</button>
        </span>
      )}
    >
      {isMine || isJoined ? words.joined(name) : words.asked(by.text, name)}{!isMine && !isJoined && by.mark !== null && ` ${names[by.mark]}.`}
    </Banner>
  )
}
