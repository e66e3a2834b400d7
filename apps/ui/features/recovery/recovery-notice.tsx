import { Banner } from '../../components/banner.tsx'
import { useNow } from '../../hooks/use-now.ts'
import { useSelf } from '../../hooks/use-self.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import type { Self } from '#client'
import { useUi, useWords } from '../../state/app-context.ts'

/** After "not now" it keeps quiet for a week. */
const QUIET_MS = 7 * 24 * 3_600_000

/** Offers the twelve words once there is something to lose: a room. Never at the first start. */
export function RecoveryNotice ({ hasRooms }: { hasRooms: boolean }) {
  const self = useSelf()
  return self === null || !hasRooms ? null : <Offer self={self} />
}

function Offer ({ self }: { self: Self }) {
  const words = useWords().self
  const { dialogs, preferences } = useUi()
  const confirmedAt = useSignal(self.recoveryConfirmedAt)
  const canShow = useSignal(self.recoveryWords) !== null
  const { recoveryOfferAfter } = useSignal(preferences.current)
  const now = useNow(60_000)
  if (!canShow || confirmedAt !== null || now < recoveryOfferAfter) return null
  return (
    <Banner
      kind="info"
      action={(
        <span className="banner-actions">
          <button type="button" className="text-button" onClick={() => dialogs.show('settings', { tab: 'recovery' })}>{words.recovery.noticeShow}</button>
          <button type="button" className="text-button" onClick={() => preferences.change({ recoveryOfferAfter: Date.now() + QUIET_MS })}>{words.later}</button>
        </span>
      )}
    >
      {words.recovery.noticeText}
    </Banner>
  )
}
