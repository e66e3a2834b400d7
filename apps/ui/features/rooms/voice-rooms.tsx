import { useEffect, useState } from 'react'
import { MicOff, Volume2 } from 'lucide-react'
import { signal } from '@preact/signals-core'
import type { Call, Calls, JoinAttempt, Participant } from '#client'
import type { RoomTag } from '#shared/ids.ts'
import { NameMark } from '../../components/name-mark.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useClient, useLanguage, useUi, useWords } from '../../state/app-context.ts'
import { toParleyError } from '../../state/to-parley-error.ts'
import type { VoiceRoom } from './use-voice-rooms.ts'

/** Rooms to drop into and talk: who is in each now, and one click to be there too. */
export function VoiceRooms ({ rooms }: { rooms: readonly VoiceRoom[] }) {
  const words = useWords().voice
  const calls = useSignal(useClient().calls)
  if (rooms.length === 0 || calls === null) return null
  return (
    <>
      <h2 className="section-title" id="voice-title">{words.title}</h2>
      <ul aria-labelledby="voice-title">{rooms.map((room) => <VoiceItem key={room.tag} room={room} calls={calls} />)}</ul>
    </>
  )
}

function VoiceItem ({ room, calls }: { room: VoiceRoom, calls: Calls }) {
  const { words: { voice: words }, errorWords } = useLanguage()
  const client = useClient()
  const { navigation, dialogs, notices } = useUi()
  const current = useSignal(calls.current)
  const inside = useSignal(calls.running).get(room.tag)?.participants ?? []
  const [attempt, setAttempt] = useState<JoinAttempt | null>(null)
  const isHere = current?.roomTag === room.tag

  const fail = (error: unknown): void => {
    const { what, next } = errorWords(toParleyError(error))
    notices.show({ kind: 'trouble', title: what, text: next })
  }
  const goIn = (tag: RoomTag): void => {
    setAttempt(null)
    dialogs.setMemberSheet(false)
    navigation.go({ page: 'room', tag })
    calls.join(tag, { isMuted: calls.settings.peek().entersVoiceMuted }).catch(fail)
  }
  const enter = (): void => {
    if (room.isJoined) goIn(room.tag)
    else setAttempt(client.room(room.parent.tag)?.parties.join(room.tag) ?? null)
  }
  return (
    <li className="voice-room">
      <button
        type="button" className="party-row" data-stop tabIndex={-1} aria-label={words.enter(room.name, room.parent.name)} aria-current={isHere ? 'true' : undefined}
        aria-busy={attempt !== null || undefined} title={room.parent.name} onClick={() => { if (attempt === null) enter() }}
      >
        {attempt === null ? <Volume2 size={16} aria-hidden /> : <span className="spinner" aria-hidden="true" />}
        <span className="party-name">{room.name}</span>
        <span className="muted" aria-hidden="true">{room.parent.name}</span>
      </button>
      {attempt !== null && <Entering attempt={attempt} onJoined={goIn} onFailed={(error) => { setAttempt(null); fail(error) }} />}
      {isHere
        ? <PeopleHere call={current} name={room.name} />
        : inside.length > 0 && <ul aria-label={words.inside(room.name)} className="voice-people">{inside.map((one, nth) => <Inside key={`${one.user}/${nth}`} {...one} />)}</ul>}
    </li>
  )
}

/** On the way in, and through. */
function Entering ({ attempt, onJoined, onFailed }: { attempt: JoinAttempt, onJoined: (tag: RoomTag) => void, onFailed: (error: unknown) => void }) {
  const words = useWords().party
  const state = useSignal(attempt.state)
  useEffect(() => {
    if (state.status === 'joined') onJoined(state.roomTag)
    else if (state.status === 'failed') onFailed(state.error)
  // eslint-disable-next-line react-hooks/exhaustive-deps -- what comes out of one attempt happens once
  }, [state])
  return <span className="visually-hidden" role="status">{state.status === 'waiting-for-members' ? words.waiting : words.joining}</span>
}

const NOBODY = signal<readonly Participant[]>([])

/** Where one is oneself, who speaks is known too. */
function PeopleHere ({ call, name }: { call: Call | null, name: string }) {
  const words = useWords().voice
  const participants = useSignal(call?.participants ?? NOBODY)
  return (
    <ul aria-label={words.inside(name)} className="voice-people">
      {participants.map(({ device, name: who, nameMark, microphone, isSpeaking }) => <Inside key={device} name={who} nameMark={nameMark} isMuted={!microphone} isSpeaking={isSpeaking} />)}
    </ul>
  )
}

function Inside ({ name, nameMark, isMuted, isSpeaking = false }: { name: string, nameMark: Participant['nameMark'], isMuted: boolean, isSpeaking?: boolean }) {
  const words = useWords().voice
  return (
    <li className={isSpeaking ? 'is-speaking' : undefined}>
      <bdi className="party-name">{name}</bdi>
      <NameMark mark={nameMark} size={13} />
      {isMuted && <MicOff size={13} aria-hidden />}
      {isMuted && <span className="visually-hidden">{words.muted}</span>}
      {isSpeaking && <span className="visually-hidden">{words.speaking}</span>}
    </li>
  )
}
