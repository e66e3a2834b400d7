import { Hand, Mic, MicOff, MonitorUp, VolumeX } from 'lucide-react'
import type { Calls, Participant } from '#client'
import { Avatar } from '../../components/avatar.tsx'
import { NameMark } from '../../components/name-mark.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { Volume } from './participant-options.tsx'
import { useCallWords } from './use-call-words.ts'

/** Everybody in a list: raised hands first, in their order. */
export function CallPeople ({ calls, participants }: { calls: Calls, participants: readonly Participant[] }) {
  const words = useCallWords()
  const w = words.onStage
  const voices = useSignal(calls.voices)
  const ordered = [...participants].sort((a, b) => (a.handPlace ?? Infinity) - (b.handPlace ?? Infinity) || 0)
  return (
    <aside className="call-people" aria-label={w.people}>
      <h2>{w.peopleCount(participants.length)}</h2>
      <ul>
        {ordered.map((one) => {
          const Microphone = one.microphone ? Mic : MicOff
          return (
            <li key={one.device} data-hand={one.handPlace ?? undefined}>
              <Avatar name={one.name} of={one.user} size={28} />
              <span className="call-person">
                <bdi className="tile-label">{one.name}</bdi>
                <NameMark mark={one.nameMark} />
                {one.isMe && <span className="muted">({words.you})</span>}
                {one.handPlace !== null && <span className="call-hand" title={w.handPlace(one.handPlace)}><Hand size={14} aria-hidden />{one.handPlace}<span className="visually-hidden"> {w.handPlace(one.handPlace)}</span></span>}
                {one.screen && <MonitorUp size={14} aria-hidden />}
                {voices.get(one.user)?.isSilenced === true && <VolumeX size={14} aria-label={w.silenced} />}
                <Microphone size={14} aria-hidden />
                {!one.microphone && <span className="visually-hidden">{words.muted}</span>}
              </span>
              {!one.isMe && <Volume participant={one} level={voices.get(one.user)} calls={calls} />}
            </li>
          )
        })}
      </ul>
    </aside>
  )
}
