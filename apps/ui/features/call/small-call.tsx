import { PhoneOff, SquareArrowOutUpLeft } from 'lucide-react'
import { createPortal } from 'react-dom'
import { useEffect } from 'react'
import type { Call, Participant } from '#client'
import { Avatar } from '../../components/avatar.tsx'
import { Toolbar } from '../../components/toolbar.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useAttempt } from '../../hooks/use-attempt.ts'
import { useClient, useUi, useWords } from '../../state/app-context.ts'
import { SenderControls } from './call-controls.tsx'
import { Control } from './call-control.tsx'
import { viewOf } from './call-view.ts'
import { Picture } from './participant-tile.tsx'
import { layOut } from './stage-layout.ts'
import { useActiveSpeaker } from './use-active-speaker.ts'
import { useCallWords } from './use-call-words.ts'

/** What of a call is seen while one looks elsewhere: who is there, and the way back. */
export function FloatingCall ({ call }: { call: Call }) {
  const words = useCallWords().onStage
  const { marked } = useWords().names
  const participants = useSignal(call.participants)
  const roomName = useRoomName(call)
  const others = participants.filter(({ isMe }) => !isMe)
  const speaking = others.filter(({ isSpeaking }) => isSpeaking).map(({ name, nameMark }) => marked(name, nameMark))
  const who = speaking.length > 0 ? words.speaking(speaking) : others.length > 0 ? others.map(({ name, nameMark }) => marked(name, nameMark)).join(', ') : words.nobodyElse
  return (
    <section className="floating-call" aria-label={words.running}>
      <div className="floating-words"><strong>{words.inRoom(roomName)}</strong><span>{who}</span></div>
      <SmallControls call={call} roomName={roomName} />
    </section>
  )
}

/** The small window on top: whoever speaks, and the buttons that one needs there. */
export function PoppedOutCall ({ call }: { call: Call }) {
  const popped = useSignal(viewOf(call).popOut)
  useEffect(() => () => { popped?.close() }, [popped])
  if (popped === null) return null
  return createPortal(<SmallStage call={call} />, popped.document.body)
}

function SmallStage ({ call }: { call: Call }) {
  const words = useCallWords()
  const participants = useSignal(call.participants)
  const choice = useSignal(viewOf(call).choice)
  const speaker = useActiveSpeaker(participants, true)
  const roomName = useRoomName(call)
  const { large } = layOut(participants, { view: 'spotlight', choice: choice === 'everybody' ? null : choice, speaker })
  const [tile] = large
  const person: Participant | undefined = tile?.participant
  const stream = tile?.shown === 'screen' ? person?.screenVideo : person?.video
  return (
    <main className="small-stage" aria-label={words.stage(roomName)}>
      {person !== undefined && (
        <div className={`tile ${person.isSpeaking ? 'tile-speaking' : ''}`}>
          {stream == null ? <Avatar name={person.name} of={person.user} size={72} /> : <Picture stream={stream} isMirrored={person.isMe && tile?.shown === 'person'} fits={tile?.shown === 'screen'} />}
          <div className="tile-name"><span className="tile-label">{tile?.shown === 'screen' ? words.screenOf(person.name) : person.name}</span></div>
        </div>
      )}
      <SmallControls call={call} roomName={roomName} />
    </main>
  )
}

function SmallControls ({ call, roomName }: { call: Call, roomName: string }) {
  const words = useCallWords()
  const { navigation } = useUi()
  const attempt = useAttempt()
  return (
    <Toolbar label={words.controls} className="call-controls is-small">
      <SenderControls call={call} size={18} start={(work) => { attempt(work).catch(() => {}) }} />
      <Control
        label={words.goToRoom(roomName)} icon={<SquareArrowOutUpLeft size={18} aria-hidden />}
        onClick={() => {
          window.focus()
          navigation.go({ page: 'room', tag: call.roomTag })
        }}
      />
      <Control label={words.leave} isLeaving icon={<PhoneOff size={18} aria-hidden />} onClick={() => call.leave()} />
    </Toolbar>
  )
}

function useRoomName (call: Call): string {
  const rooms = useSignal(useClient().rooms) ?? []
  return rooms.find(({ tag }) => tag === call.roomTag)?.name ?? ''
}
