import { useEffect, useRef } from 'react'
import type { Call, Calls } from '#client'
import { ErrorBoundary } from '../../components/error-boundary.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useUi } from '../../state/app-context.ts'
import { CallBoundary } from './call-boundary.tsx'
import { CallAnnouncer } from './call-announcer.tsx'
import { IncomingCallCard } from './incoming-call-card.tsx'
import { ScreenPicker } from './screen-picker.tsx'
import { FloatingCall, PoppedOutCall } from './small-call.tsx'
import { useCallKeys } from './use-call-keys.ts'
import { useRinging } from './use-ringing.ts'
import { useDeviceNews } from './use-device-news.ts'
import { useSpeaker } from './use-speaker.ts'
import './call.css'

/** What of a call goes on wherever one looks: the voices, its keys and sounds, the way back to it, and somebody who rings. */
export function CallLayer ({ calls }: { calls: Calls }) {
  const call = useSignal(calls.current)
  const incoming = useSignal(calls.incoming)
  useRinging(calls)
  useDeviceNews(calls)
  return (
    <>
      {call !== null && <RunningCall key={call.roomTag} call={call} calls={calls} />}
      {incoming !== null && <IncomingCallCard key={incoming.roomTag} incoming={incoming} />}
      <ScreenPicker />
    </>
  )
}

function RunningCall ({ call, calls }: { call: Call, calls: Calls }) {
  const place = useSignal(useUi().navigation.place)
  useCallKeys(call, calls)
  const isElsewhere = place.page !== 'room' || place.tag !== call.roomTag
  return (
    <>
      {/* Whatever else of a call cannot be drawn, the others are heard. */}
      <ErrorBoundary fallback={() => null}><Voices call={call} /></ErrorBoundary>
      <CallBoundary calls={calls} isFloating>
        <CallAnnouncer call={call} calls={calls} />
        <PoppedOutCall call={call} />
      </CallBoundary>
      {isElsewhere && <CallBoundary calls={calls} isFloating><FloatingCall call={call} /></CallBoundary>}
    </>
  )
}

function Voices ({ call }: { call: Call }) {
  const participants = useSignal(call.participants)
  const isDeafened = useSignal(call.isDeafened)
  return participants.map(({ device, name, played: { voice, screenSound } }) => (
    <span key={device} hidden>
      {voice !== null && <Voice name={name} kind="voice" stream={voice} isMuted={isDeafened} />}
      {screenSound !== null && <Voice name={name} kind="screen" stream={screenSound} isMuted={isDeafened} />}
    </span>
  ))
}

function Voice ({ name, kind, stream, isMuted }: { name: string, kind: 'voice' | 'screen', stream: MediaStream, isMuted: boolean }) {
  const element = useRef<HTMLAudioElement>(null)
  useEffect(() => {
    if (element.current !== null) element.current.srcObject = stream
  }, [stream])
  useSpeaker(element)
  // eslint-disable-next-line jsx-a11y/media-has-caption -- somebody speaking right now: there is no caption
  return <audio ref={element} autoPlay muted={isMuted} {...{ [`data-${kind}`]: name }} />
}
