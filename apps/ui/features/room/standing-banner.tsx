import { useState } from 'react'
import type { Room } from '#client'
import { AskDialog } from '../../components/ask-dialog.tsx'
import { Banner } from '../../components/banner.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useUi, useWords } from '../../state/app-context.ts'

/** How one stands to this room, when one is not simply in it; with the way to forget it once one is out. */
export function StandingBanner ({ room }: { room: Room }) {
  const words = useWords()
  const { standing, kind } = useSignal(room.summary)
  const forget = useSignal(room.settings.forget)
  const [isAsking, setAsking] = useState(false)
  if (standing === 'member') return null
  return (
    <div aria-live="polite">
      <Banner
        kind={standing === 'waiting' ? 'waiting' : standing === 'left' ? 'info' : 'trouble'}
        action={forget !== null && <button type="button" className="text-button" onClick={() => setAsking(true)}>{words.standing.forget}</button>}
      >
        {standing === 'waiting' && kind === 'direct' ? words.requests.awaited : words.standing[standing]}
      </Banner>
      {isAsking && <ForgetDialog room={room} onClose={() => setAsking(false)} />}
    </div>
  )
}

/** Erases a room one is no longer in from this device, and goes home. */
export function ForgetDialog ({ room, onClose }: { room: Room, onClose: () => void }) {
  const words = useWords().roomSettings
  const { navigation, dialogs } = useUi()
  const { name } = useSignal(room.summary)
  return (
    <AskDialog
      title={words.forgetTitle(name)} confirm={words.forgetConfirm} onClose={onClose}
      onConfirm={async () => {
        await room.settings.forget.value?.()
        dialogs.close()
        navigation.go({ page: 'home' })
      }}
    >
      <p>{words.forgetText}</p>
    </AskDialog>
  )
}
