import { EllipsisVertical, Lock, LockOpen, MicOff, UserMinus } from 'lucide-react'
import type { Call } from '#client'
import { Banner } from '../../components/banner.tsx'
import { Button } from '../../components/button.tsx'
import { MenuButton, type MenuItem } from '../../components/menu.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useCallWords } from './use-call-words.ts'

/** Whether the call is locked, and for moderators the key. */
export function CallLock ({ call }: { call: Call }) {
  const words = useCallWords()
  const lock = useSignal(call.lock)
  const setLocked = useSignal(call.setLocked)
  return (
    <>
      {lock !== 'open' && <Banner kind="info">{words.locked}</Banner>}
      {setLocked !== null && lock !== 'theirs' && (
        <Button kind="quiet" className="call-lock" icon={lock === 'mine' ? <LockOpen size={16} aria-hidden /> : <Lock size={16} aria-hidden />} onClick={() => setLocked(lock === 'open')}>
          {lock === 'mine' ? words.unlock : words.lock}
        </Button>
      )}
    </>
  )
}

/** What a moderator can do about somebody in the call; nothing to be seen for others. */
export function ParticipantMenu ({ call, device, name }: { call: Call, device: Call['participants']['value'][number]['device'], name: string }) {
  const words = useCallWords()
  const { mute, remove } = call.actionsOn(device)
  const items: MenuItem[] = []
  if (mute !== null) items.push({ id: 'mute', label: words.askToMute, icon: <MicOff size={16} aria-hidden />, perform: mute })
  if (remove !== null) items.push({ id: 'remove', label: words.removeFromCall, isDanger: true, icon: <UserMinus size={16} aria-hidden />, perform: remove })
  return items.length === 0 ? null : <MenuButton label={words.moreAbout(name)} icon={<EllipsisVertical size={16} aria-hidden />} items={items} />
}
