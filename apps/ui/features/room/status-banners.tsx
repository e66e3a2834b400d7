import { lazy, Suspense } from 'react'
import { Banner } from '../../components/banner.tsx'
import { useNow } from '../../hooks/use-now.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useClient, useUi, useWords } from '../../state/app-context.ts'
import { clockWarning, storageWarning } from '../connection/link-words.ts'
import { MismatchText } from '../connection/mismatch-text.tsx'

const RecordingBanners = lazy(async () => ({ default: (await import('../call/recording-banners.tsx')).RecordingBanners }))

/** What lasts and matters wherever one is: node away, sign-in expired, clock wrong, a room that is still being joined. */
export function StatusBanners () {
  const words = useWords()
  const client = useClient()
  const account = useSignal(client.account)
  const connection = useSignal(client.connection)
  const passport = account.status === 'signed-in' ? account.passport : 'valid'
  const calls = useSignal(client.calls)
  const storage = storageWarning(connection.storage, words)
  const clock = clockWarning(connection.clockOffsetMs, words)
  return (
    <div className="banners" aria-live="polite">
      {connection.mismatch !== null && <Banner kind="trouble"><MismatchText code={connection.mismatch} /></Banner>}
      {storage !== null && <Banner kind="waiting">{storage}</Banner>}
      {connection.node === 'offline' && connection.mismatch === null && <Banner kind="waiting">{words.banners.offline} <RetryIn at={connection.retryAt} /></Banner>}
      {passport === 'expired' && <Banner kind="waiting">{words.banners.passportExpired}</Banner>}
      {(passport === 'revoked' || passport === 'refused') && <SignInAgainBanner passport={passport} />}
      {clock !== null && <Banner kind="waiting">{clock}</Banner>}
      {calls !== null && <Suspense fallback={null}><RecordingBanners calls={calls} /></Suspense>}
      <JoiningBanner />
    </div>
  )
}

/** Said once the node will never take this device's passport again: waiting helps nobody then. */
function SignInAgainBanner ({ passport }: { passport: 'revoked' | 'refused' }) {
  const { banners: words } = useWords()
  const { dialogs } = useUi()
  return (
    <Banner kind="trouble" action={<button type="button" className="text-button" onClick={() => dialogs.show('sign-in')}>{words.signInAgain}</button>}>
      {passport === 'revoked' ? words.passportRevoked : words.passportRefused}
    </Banner>
  )
}

/** A countdown; silent for screen readers, which would hear every second. */
function RetryIn ({ at }: { at: number | null }) {
  const words = useWords().banners
  const now = useNow(1000)
  const seconds = at === null ? 0 : Math.ceil((at - now) / 1000)
  return seconds > 0 && <span aria-hidden="true">{words.retry(seconds)}</span>
}

function JoiningBanner () {
  const words = useWords().join
  const { joining, dialogs } = useUi()
  const active = useSignal(joining.active)
  const open = useSignal(dialogs.open)
  if (active === null || open?.name === 'join') return null
  return (
    <Banner kind="info" action={<button type="button" className="text-button" onClick={() => dialogs.show('join')}>{words.show}</button>}>
      {words.waitingBanner(active.preview.roomName)}
    </Banner>
  )
}
