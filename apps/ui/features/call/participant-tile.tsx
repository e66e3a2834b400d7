import { EyeOff, Hand, MicOff } from 'lucide-react'
import { useEffect, useRef, type ReactNode } from 'react'
import type { CallQuality, Participant } from '#client'
import { Avatar } from '../../components/avatar.tsx'
import { useCallWords } from './use-call-words.ts'
import { useSpeaker } from './use-speaker.ts'

export type Shown = 'person' | 'screen'

/** One picture of the stage: somebody, or the screen they share. */
export function ParticipantTile ({ participant, shown, isPinned, onPin, menu }: { participant: Participant, shown: Shown, isPinned: boolean, onPin: () => void, menu: ReactNode }) {
  const words = useCallWords()
  const { name, isMe, media, hand, microphone, isSpeaking, isHiddenFrom, quality } = participant
  const stream = shown === 'screen' ? participant.screenVideo : participant.video
  const label = shown === 'screen' ? words.screenOf(name) : words.participant(name)
  const states = [!microphone && words.muted, hand && words.handUp, isHiddenFrom && words.hiddenFrom].filter((state) => state !== false)
  return (
    <div
      role="group" aria-label={label} className={`tile ${isSpeaking && shown === 'person' ? 'tile-speaking' : ''} ${isPinned ? 'tile-pinned' : ''}`}
      data-media={media} data-shown={shown} data-microphone={microphone} data-camera={participant.camera} data-speaking={isSpeaking} data-hidden={isHiddenFrom}
    >
      {stream === null ? <Avatar name={name} size={72} /> : <Picture stream={stream} isMirrored={isMe && shown === 'person'} isMuted={isMe || shown === 'person'} fits={shown === 'screen'} />}
      {media !== 'connected' && <p className="tile-status" role="status">{media === 'failed' ? words.failed : words.connecting}</p>}
      <button type="button" className="tile-pin" aria-pressed={isPinned} aria-label={isPinned ? words.unpin : words.pin(label)} onClick={onPin} />
      {menu !== null && <div className="tile-menu">{menu}</div>}
      <p className="tile-name">
        {quality !== null && shown === 'person' && <QualityDot quality={quality} />}
        <span>{isMe && shown === 'person' ? words.you : label}</span>
        {shown === 'person' && !microphone && <MicOff size={14} aria-hidden />}
        {shown === 'person' && isHiddenFrom && <EyeOff size={14} aria-hidden />}
        {shown === 'person' && hand && <Hand size={14} aria-hidden />}
        <span className="visually-hidden">{shown === 'person' ? states.join(', ') : ''}</span>
      </p>
    </div>
  )
}

function Picture ({ stream, isMirrored, isMuted, fits }: { stream: MediaStream, isMirrored: boolean, isMuted: boolean, fits: boolean }) {
  const element = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    if (element.current !== null) element.current.srcObject = stream
  }, [stream])
  useSpeaker(element)
  // eslint-disable-next-line jsx-a11y/media-has-caption -- somebody's camera right now: there is no caption
  return <video ref={element} autoPlay playsInline muted={isMuted} className={`tile-picture ${isMirrored ? 'is-mirrored' : ''} ${fits ? 'fits' : ''}`} />
}

function QualityDot ({ quality }: { quality: CallQuality }) {
  const words = useCallWords()
  const { level, path, roundTripMs, loss, receivedKbps, codecs } = quality
  const detail = words.qualityDetail(path === 'direct' ? words.direct : words.relayed, roundTripMs === null ? '–' : `${roundTripMs} ms`, `${(loss * 100).toFixed(1)} %`, receivedKbps, codecs.join(', '))
  return <span role="img" className={`quality quality-${level}`} aria-label={words.quality[level]} title={`${words.quality[level]}\n${detail}`} data-path={path} />
}
