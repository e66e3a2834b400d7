import { Hand, HeadphoneOff, Headphones, Mic, MicOff, MonitorUp, MonitorX, PhoneOff, Settings2, Video, VideoOff } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import type { Call, Calls } from '#client'
import { ErrorText } from '../../components/error-text.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import { CallDevices } from './call-devices.tsx'
import { useCallWords } from './use-call-words.ts'

const SIZE = 20

/** The bar below the pictures. What a button is named is what it does next. */
export function CallControls ({ call, calls }: { call: Call, calls: Calls }) {
  const words = useCallWords()
  const task = useTask()
  const [areDevicesShown, showDevices] = useState(false)
  const isMuted = useSignal(call.isMuted)
  const trouble = useSignal(call.trouble)
  const isCameraOn = useSignal(call.isCameraOn)
  const isSharing = useSignal(call.isSharing)
  const isDeafened = useSignal(call.isDeafened)
  const isHandUp = useSignal(call.isHandUp)
  const isSilent = isMuted || trouble?.code.startsWith('microphone') === true
  const start = (work: () => Promise<void>): void => { task.run(work).catch(() => {}) }
  const canShare = 'getDisplayMedia' in navigator.mediaDevices
  return (
    <>
      {task.error !== null && task.error.code !== trouble?.code && <ErrorText error={task.error} />}
      <div className="call-controls">
        <Control label={isSilent ? words.unmute : words.mute} isOff={isSilent} icon={isSilent ? <MicOff size={SIZE} aria-hidden /> : <Mic size={SIZE} aria-hidden />} onClick={() => start(async () => await call.setMuted(!isSilent))} />
        <Control label={isCameraOn ? words.stopVideo : words.startVideo} isOff={!isCameraOn} icon={isCameraOn ? <Video size={SIZE} aria-hidden /> : <VideoOff size={SIZE} aria-hidden />} onClick={() => start(async () => await call.setCamera(!isCameraOn))} />
        {canShare && <Control label={isSharing ? words.stopSharing : words.shareScreen} isActive={isSharing} icon={isSharing ? <MonitorX size={SIZE} aria-hidden /> : <MonitorUp size={SIZE} aria-hidden />} onClick={() => start(async () => await call.setSharing(!isSharing))} />}
        <Control label={isDeafened ? words.undeafen : words.deafen} isOff={isDeafened} icon={isDeafened ? <HeadphoneOff size={SIZE} aria-hidden /> : <Headphones size={SIZE} aria-hidden />} onClick={() => call.setDeafened(!isDeafened)} />
        <Control label={isHandUp ? words.lowerHand : words.raiseHand} isActive={isHandUp} icon={<Hand size={SIZE} aria-hidden />} onClick={() => call.setHandUp(!isHandUp)} />
        <Control label={words.devices} isActive={areDevicesShown} icon={<Settings2 size={SIZE} aria-hidden />} onClick={() => showDevices(!areDevicesShown)} />
        <Control label={words.leave} isLeaving icon={<PhoneOff size={SIZE} aria-hidden />} onClick={() => call.leave()} />
      </div>
      {areDevicesShown && <CallDevices call={call} calls={calls} />}
    </>
  )
}

function Control ({ label, icon, isOff = false, isActive = false, isLeaving = false, onClick }: {
  label: string, icon: ReactNode, isOff?: boolean, isActive?: boolean, isLeaving?: boolean, onClick: () => void
}) {
  const kind = isLeaving ? 'is-leaving' : isActive ? 'is-active' : isOff ? 'is-off' : ''
  return <button type="button" className={`call-control ${kind}`} aria-label={label} title={label} onClick={onClick}>{icon}</button>
}
