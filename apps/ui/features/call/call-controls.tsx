import { Ellipsis, Hand, HeadphoneOff, Headphones, Mic, MicOff, MonitorUp, MonitorX, PhoneOff, Settings2, Video, VideoOff } from 'lucide-react'
import type { RefObject } from 'react'
import type { Call, Calls } from '#client'
import { ErrorText } from '../../components/error-text.tsx'
import { Toolbar } from '../../components/toolbar.tsx'
import { TINY, useMedia } from '../../hooks/use-media.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import { CallDevices } from './call-devices.tsx'
import { Control, ControlMenu } from './call-control.tsx'
import { CALL_KEYS, keyName } from './call-keys.ts'
import { viewOf } from './call-view.ts'
import { RecordingPanel } from './recording-panel.tsx'
import { useCallMenu } from './use-call-menu.tsx'
import { useCallWords } from './use-call-words.ts'

const SIZE = 20

/** The bar below the pictures. What a button is named is what it does next. */
export function CallControls ({ call, calls, stage }: { call: Call, calls: Calls, stage: RefObject<HTMLElement | null> }) {
  const words = useCallWords()
  const task = useTask()
  const isTiny = useMedia(TINY)
  const view = viewOf(call)
  const panel = useSignal(view.panel)
  const { hasKeys } = useSignal(calls.settings)
  const trouble = useSignal(call.trouble)
  const isSharing = useSignal(call.isSharing)
  const isDeafened = useSignal(call.isDeafened)
  const isHandUp = useSignal(call.isHandUp)
  const start = (work: () => Promise<unknown>): void => { task.run(work).catch(() => {}) }
  const menu = useCallMenu({ call, calls, stage, isTiny, start })
  const hint = (command: keyof typeof CALL_KEYS): { hint?: string } => hasKeys ? { hint: CALL_KEYS[command].toUpperCase() } : {}
  const canShare = 'getDisplayMedia' in navigator.mediaDevices
  return (
    <>
      {task.error !== null && task.error.code !== trouble?.code && <ErrorText error={task.error} />}
      <Toolbar label={words.controls} className="call-controls">
        <SenderControls call={call} start={start} hint={hint} />
        {canShare && <Control {...hint('sharing')} label={isSharing ? words.stopSharing : words.shareScreen} isActive={isSharing} icon={isSharing ? <MonitorX size={SIZE} aria-hidden /> : <MonitorUp size={SIZE} aria-hidden />} onClick={() => start(async () => await call.setSharing(!isSharing))} />}
        {!isTiny && <Control {...hint('deafen')} label={isDeafened ? words.undeafen : words.deafen} isOff={isDeafened} icon={isDeafened ? <HeadphoneOff size={SIZE} aria-hidden /> : <Headphones size={SIZE} aria-hidden />} onClick={() => call.setDeafened(!isDeafened)} />}
        {!isTiny && <Control {...hint('hand')} label={isHandUp ? words.lowerHand : words.raiseHand} isActive={isHandUp} icon={<Hand size={SIZE} aria-hidden />} onClick={() => call.setHandUp(!isHandUp)} />}
        {!isTiny && <Control label={words.devices} isActive={panel === 'devices'} icon={<Settings2 size={SIZE} aria-hidden />} onClick={() => view.toggle('devices')} />}
        {menu.length > 0 && <ControlMenu label={words.more} icon={<Ellipsis size={SIZE} aria-hidden />} items={menu} />}
        <Control label={words.leave} isLeaving icon={<PhoneOff size={SIZE} aria-hidden />} onClick={() => call.leave()} />
      </Toolbar>
      <TalkHint call={call} calls={calls} />
      {panel === 'devices' && <CallDevices call={call} calls={calls} />}
      {panel === 'recording' && <RecordingPanel call={call} calls={calls} onStarted={() => view.toggle('recording')} />}
    </>
  )
}

/** With push to talk: which key opens the microphone, and whether it is open. */
function TalkHint ({ call, calls }: { call: Call, calls: Calls }) {
  const words = useCallWords().onStage
  const { pushToTalk, talkKey } = useSignal(calls.settings)
  const isTalking = useSignal(call.isTalking)
  if (!pushToTalk) return null
  return <p className={`call-note ${isTalking ? 'is-talking' : ''}`} data-talking={isTalking}>{isTalking ? words.talking : words.holdToTalk(keyName(talkKey))}</p>
}

/** Microphone and camera: in the bar, and wherever else a call is steered from. */
export function SenderControls ({ call, start, size = SIZE, hint = () => ({}) }: {
  call: Call, start: (work: () => Promise<unknown>) => void, size?: number, hint?: (command: 'mute' | 'video') => { hint?: string }
}) {
  const words = useCallWords()
  const isMuted = useSignal(call.isMuted)
  const trouble = useSignal(call.trouble)
  const isCameraOn = useSignal(call.isCameraOn)
  const isSilent = isMuted || trouble?.code.startsWith('microphone') === true
  return (
    <>
      <Control {...hint('mute')} label={isSilent ? words.unmute : words.mute} isOff={isSilent} icon={isSilent ? <MicOff size={size} aria-hidden /> : <Mic size={size} aria-hidden />} onClick={() => start(async () => await call.setMuted(!isSilent))} />
      <Control {...hint('video')} label={isCameraOn ? words.stopVideo : words.startVideo} isOff={!isCameraOn} icon={isCameraOn ? <Video size={size} aria-hidden /> : <VideoOff size={size} aria-hidden />} onClick={() => start(async () => await call.setCamera(!isCameraOn))} />
    </>
  )
}
