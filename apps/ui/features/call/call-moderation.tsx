import { MicOff, UserMinus } from 'lucide-react'
import type { Call, Participant } from '#client'
import { Banner } from '../../components/banner.tsx'
import { Button } from '../../components/button.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useCallWords } from './use-call-words.ts'

/** Told to everybody while newcomers are kept out. */
export function LockNotice ({ call }: { call: Call }) {
  const words = useCallWords()
  return useSignal(call.lock) === 'open' ? null : <Banner kind="info">{words.locked}</Banner>
}

/** What a moderator can do about somebody in the call; nothing to be seen for others. */
export function Moderation ({ call, participant: { device }, onDone }: { call: Call, participant: Participant, onDone: () => void }) {
  const words = useCallWords()
  const { mute, remove } = call.actionsOn(device)
  if (mute === null && remove === null) return null
  const thenDone = (act: () => void) => (): void => {
    act()
    onDone()
  }
  return (
    <div className="call-moderation">
      {mute !== null && <Button kind="quiet" className="button-full" icon={<MicOff size={16} aria-hidden />} onClick={thenDone(mute)}>{words.muteForAll}</Button>}
      {remove !== null && <Button kind="danger" className="button-full" icon={<UserMinus size={16} aria-hidden />} onClick={thenDone(remove)}>{words.removeFromCall}</Button>}
    </div>
  )
}
