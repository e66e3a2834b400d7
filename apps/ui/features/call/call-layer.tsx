import { useEffect, useRef } from 'react'
import type { Call, Calls } from '#client'
import { useSignal } from '../../hooks/use-signal.ts'
import { IncomingCallCard } from './incoming-call-card.tsx'
import { useDeviceNews } from './use-device-news.ts'
import { useSpeaker } from './use-speaker.ts'
import './call.css'

/** What of a call goes on wherever one looks: the voices, and somebody who rings. */
export function CallLayer ({ calls }: { calls: Calls }) {
  const call = useSignal(calls.current)
  const incoming = useSignal(calls.incoming)
  useDeviceNews(calls)
  return (
    <>
      {call !== null && <Voices call={call} />}
      {incoming !== null && <IncomingCallCard key={incoming.roomTag} incoming={incoming} />}
    </>
  )
}

function Voices ({ call }: { call: Call }) {
  const participants = useSignal(call.participants)
  const isDeafened = useSignal(call.isDeafened)
  return participants.map(({ device, name, voice }) =>
    voice === null ? null : <Voice key={device} name={name} stream={voice} isMuted={isDeafened} />)
}

function Voice ({ name, stream, isMuted }: { name: string, stream: MediaStream, isMuted: boolean }) {
  const element = useRef<HTMLAudioElement>(null)
  useEffect(() => {
    if (element.current !== null) element.current.srcObject = stream
  }, [stream])
  useSpeaker(element)
  // eslint-disable-next-line jsx-a11y/media-has-caption -- somebody speaking right now: there is no caption
  return <audio ref={element} autoPlay muted={isMuted} data-voice={name} />
}
