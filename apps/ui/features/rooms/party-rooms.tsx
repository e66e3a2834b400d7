import { useCallback, useEffect, useState, type ReactNode } from 'react'
import { DoorOpen, Lock, Plus } from 'lucide-react'
import { signal } from '@preact/signals-core'
import type { JoinAttempt, PartyRoom, RoomSummary } from '#client'
import type { RoomTag } from '#shared/ids.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useClient, useLanguage, useUi, useWords } from '../../state/app-context.ts'

const NONE = signal<readonly PartyRoom[]>([])
const NO_CREATE = signal(null)

interface PartyRoomsProps {
  room: RoomSummary
  /** The room or one inside it is open: only then it offers to make another. */
  isOpen: boolean
  joined: readonly RoomSummary[]
  /** The joined ones, as items of a list. */
  children: ReactNode
}

/** Inside a room of the list: the party rooms one is in, those one may enter, and the way to a new one. */
export function PartyRooms ({ room, isOpen, joined, children }: PartyRoomsProps) {
  const { party: words, names } = useWords()
  const { dialogs } = useUi()
  const parent = useClient().room(room.tag)
  const announced = useSignal(parent?.parties.rooms ?? NONE).map((party) => party.name === '' ? { ...party, name: names.unnamedRoom } : party)
  const canCreate = useSignal(parent?.parties.create ?? NO_CREATE) !== null
  // On the way in until it has gone there: the room may be listed before that.
  const [entering, setEntering] = useState<ReadonlyMap<RoomTag, JoinAttempt>>(new Map())
  const end = useCallback((tag: RoomTag) => setEntering((now) => new Map([...now].filter(([other]) => other !== tag))), [])
  const others = announced.filter(({ isVoice }) => !isVoice).filter((party) => entering.has(party.tag) || (!party.isJoined && !joined.some(({ tag }) => tag === party.tag)))
  const isOffered = canCreate && isOpen
  if (parent === null || (joined.length === 0 && others.length === 0 && !isOffered)) return null
  return (
    <ul className="party-rooms" aria-label={words.nested(room.name)}>
      {children}
      {others.map((party) => (
        <PartyItem
          key={party.tag} party={party} attempt={entering.get(party.tag) ?? null} onEnd={end}
          onJoin={() => setEntering(new Map(entering).set(party.tag, parent.parties.join(party.tag)))}
        />
      ))}
      {isOffered && (
        <li>
          <button type="button" className="party-row" data-stop tabIndex={-1} onClick={() => dialogs.show('create-party')}>
            <Plus size={16} aria-hidden /><span className="party-name">{words.create}</span>
          </button>
        </li>
      )}
    </ul>
  )
}

function PartyItem ({ party, attempt, onJoin, onEnd }: { party: PartyRoom, attempt: JoinAttempt | null, onJoin: () => void, onEnd: (tag: RoomTag) => void }) {
  const words = useWords().party
  return (
    <li>
      {attempt !== null
        ? <Entering attempt={attempt} party={party} onEnd={onEnd} />
        : party.isOpen
          ? (
            <button type="button" className="party-row" data-stop tabIndex={-1} aria-label={words.joinName(party.name)} onClick={onJoin}>
              <DoorOpen size={16} aria-hidden /><span className="party-name">{party.name}</span><span className="party-join">{words.join}</span>
            </button>
            )
          : <span className="party-row"><Lock size={16} aria-hidden /><span className="party-name">{party.name}</span><span className="muted">{words.openNo}</span></span>}
    </li>
  )
}

/** On the way into a party room; goes there when it is in, and says why when it is not let in. */
function Entering ({ attempt, party: { tag, name }, onEnd }: { attempt: JoinAttempt, party: PartyRoom, onEnd: (tag: RoomTag) => void }) {
  const { words, errorWords } = useLanguage()
  const { navigation, notices } = useUi()
  const state = useSignal(attempt.state)
  useEffect(() => {
    if (state.status === 'joined') {
      navigation.go({ page: 'room', tag: state.roomTag })
      onEnd(tag)
    } else if (state.status === 'failed') {
      const { what, next } = errorWords(state.error)
      notices.show({ kind: 'trouble', title: what, text: next })
      onEnd(tag)
    }
  }, [state, tag, navigation, notices, errorWords, onEnd])
  return (
    <span className="party-row" role="status">
      <span className="spinner" aria-hidden="true" /><span className="party-name">{name}</span>
      <span className="muted">{state.status === 'waiting-for-members' ? words.party.waiting : words.party.joining}</span>
    </span>
  )
}
