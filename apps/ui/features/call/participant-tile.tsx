import { Ellipsis, EyeOff, Hand, MicOff, VolumeX } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { Call, Calls, Participant, VoiceLevel } from '#client'
import { Avatar } from '../../components/avatar.tsx'
import { IconButton } from '../../components/button.tsx'
import { NameMark } from '../../components/name-mark.tsx'
import { anchorAt, type Anchor } from '../../components/popover.tsx'
import { QualityDot } from './quality-dot.tsx'
import { ParticipantOptions } from './participant-options.tsx'
import type { Shown } from './stage-layout.ts'
import { useCallWords } from './use-call-words.ts'

interface TileProps {
  participant: Participant
  shown: Shown
  isPinned: boolean
  /** How they are played here; undefined as they come. */
  level: VoiceLevel | undefined
  call: Call
  calls: Calls
  /** The first of a row that is not full. */
  startsLastRow: boolean
  onPin: () => void
}

/** One picture of the stage: somebody, or the screen they share. */
export function ParticipantTile ({ participant, shown, isPinned, level, call, calls, startsLastRow, onPin }: TileProps) {
  const words = useCallWords()
  const { name, isMe, media, hand, handPlace, microphone, isSpeaking, isHiddenFrom, quality } = participant
  const isPerson = shown === 'person'
  const stream = isPerson ? participant.video : participant.screenVideo
  const label = isPerson ? words.participant(name) : words.screenOf(name)
  const isSilenced = level?.isSilenced === true
  const states = isPerson
    ? [!microphone && words.muted, isSilenced && words.onStage.silenced, hand && words.onStage.handPlace(handPlace ?? 1), isHiddenFrom && words.hiddenFrom].filter((state) => state !== false)
    : []
  return (
    <div
      role="group" aria-label={label} className={`tile ${isSpeaking && isPerson ? 'tile-speaking' : ''} ${isPinned ? 'tile-pinned' : ''} ${startsLastRow ? 'is-last-row' : ''}`}
      data-media={media} data-shown={shown} data-microphone={microphone} data-camera={participant.camera} data-speaking={isSpeaking} data-hidden={isHiddenFrom}
    >
      {stream === null ? <Avatar name={name} of={participant.user} size={72} /> : <Picture stream={stream} isMirrored={isMe && isPerson} fits={!isPerson} />}
      {media !== 'connected' && <p className="tile-status" role="status">{media === 'failed' ? words.failed : words.connecting}</p>}
      <button type="button" className="tile-pin" aria-pressed={isPinned} aria-label={isPinned ? words.unpin : words.pin(label)} onClick={onPin} />
      {isPerson && !isMe && <div className="tile-tools"><Options participant={participant} level={level} call={call} calls={calls} /></div>}
      {isPerson && hand && <p className="tile-hand" aria-hidden="true"><Hand size={16} />{handPlace}</p>}
      <div className="tile-name">
        {quality !== null && isPerson && <QualityDot name={name} quality={quality} />}
        <bdi className="tile-label">{isMe && isPerson ? words.you : label}</bdi>
        <NameMark mark={participant.nameMark} />
        {isPerson && !microphone && <MicOff size={14} aria-hidden />}
        {isPerson && isHiddenFrom && <EyeOff size={14} aria-hidden />}
        {isPerson && isSilenced && <VolumeX size={14} aria-hidden />}
        <span className="visually-hidden">{states.join(', ')}</span>
      </div>
    </div>
  )
}

/** A moving picture without sound: voices and the sound of screens are played by the call's layer, wherever one looks. */
export function Picture ({ stream, isMirrored, fits }: { stream: MediaStream, isMirrored: boolean, fits: boolean }) {
  const element = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    if (element.current !== null) element.current.srcObject = stream
  }, [stream])
  return <video ref={element} autoPlay playsInline muted className={`tile-picture ${isMirrored ? 'is-mirrored' : ''} ${fits ? 'fits' : ''}`} />
}

function Options ({ participant, level, call, calls }: Pick<TileProps, 'participant' | 'level' | 'call' | 'calls'>) {
  const words = useCallWords().onStage
  const [anchor, setAnchor] = useState<Anchor | null>(null)
  return (
    <>
      <IconButton
        label={words.options(participant.name)} icon={<Ellipsis size={16} aria-hidden />} aria-haspopup="dialog" aria-expanded={anchor !== null}
        onClick={(event) => setAnchor(anchor === null ? anchorAt(event.currentTarget) : null)}
      />
      {anchor !== null && <ParticipantOptions participant={participant} level={level} call={call} calls={calls} anchor={anchor} onClose={() => setAnchor(null)} />}
    </>
  )
}
