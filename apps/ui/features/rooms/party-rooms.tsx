import { useEffect, useState, type ReactNode } from 'react'
import { DoorOpen, Lock, Plus } from 'lucide-react'
import { signal } from '@preact/signals-core'
import type { JoinAttempt, PartyRoom, Room, RoomSummary } from '#client'
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
  const words = useWords().party
  const { dialogs } = useUi()
  const parent = useClient().room(room.tag)
  const announced = useSignal(parent?.partyRooms ?? NONE)
  const canCreate = useSignal(parent?.createPartyRoom ?? NO_CREATE) !== null
  const others = announced.filter((party) => !party.isJoined && !joined.some(({ tag }) => tag === party.tag))
  const isOffered = canCreate && isOpen
  if (parent === null || (joined.length === 0 && others.length === 0 && !isOffered)) return null
  return (
    <ul className="party-rooms" aria-label={words.nested(room.name)}>
      {children}
      {others.map((party) => <PartyItem key={party.tag} parent={parent} party={party} />)}
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

function PartyItem ({ parent, party }: { parent: Room, party: PartyRoom }) {
  const words = useWords().party
  const [attempt, setAttempt] = useState<JoinAttempt | null>(null)
  return (
    <li>
      {attempt !== null
        ? <Entering attempt={attempt} name={party.name} onEnd={() => setAttempt(null)} />
        : party.isOpen
          ? (
            <button type="button" className="party-row" data-stop tabIndex={-1} aria-label={words.joinName(party.name)} onClick={() => setAttempt(parent.joinPartyRoom(party.tag))}>
              <DoorOpen size={16} aria-hidden /><span className="party-name">{party.name}</span><span className="party-join">{words.join}</span>
            </button>
            )
          : <span className="party-row"><Lock size={16} aria-hidden /><span className="party-name">{party.name}</span><span className="muted">{words.openNo}</span></span>}
    </li>
  )
}

/** On the way into a party room; goes there when it is in, and says why when it is not let in. */
function Entering ({ attempt, name, onEnd }: { attempt: JoinAttempt, name: string, onEnd: () => void }) {
  const { words, errorWords } = useLanguage()
  const { navigation, notices } = useUi()
  const state = useSignal(attempt.state)
  useEffect(() => {
    if (state.status === 'joined') navigation.go({ page: 'room', tag: state.roomTag })
    else if (state.status === 'failed') {
      const { what, next } = errorWords(state.error)
      notices.show({ kind: 'trouble', title: what, text: next })
      onEnd()
    }
  }, [state, navigation, notices, errorWords, onEnd])
  return (
    <span className="party-row" role="status">
      <span className="spinner" aria-hidden="true" /><span className="party-name">{name}</span>
      <span className="muted">{state.status === 'waiting-for-members' ? words.party.waiting : words.party.joining}</span>
    </span>
  )
}
