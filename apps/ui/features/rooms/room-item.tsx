import { signal } from '@preact/signals-core'
import type { ReactNode } from 'react'
import { PhoneCall } from 'lucide-react'
import type { RoomSummary, RunningCall } from '#client'
import type { RoomTag, UserKey } from '#shared/ids.ts'
import { Avatar } from '../../components/avatar.tsx'
import { NameMark } from '../../components/name-mark.tsx'
import { useBlocked } from '../../hooks/use-blocked.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import type { Messages } from '../../i18n/index.ts'
import { useClient, useUi, useWords } from '../../state/app-context.ts'
import { isPlainClick } from './plain-click.ts'

const NO_CALLS = signal<ReadonlyMap<RoomTag, RunningCall>>(new Map())

interface RoomItemProps {
  room: RoomSummary
  isOpen: boolean
  isStop: boolean
  onFocus: () => void
  /** What stands inside it in the list. */
  children?: ReactNode
}

export function RoomItem ({ room, isOpen, isStop, onFocus, children }: RoomItemProps) {
  const words = useWords()
  const blocked = useBlocked()
  const { navigation, dialogs } = useUi()
  const place = { page: 'room', tag: room.tag } as const
  const noteId = `room-note-${room.tag}`
  const isUnread = room.unread > 0 && !isOpen
  const isDirect = room.kind === 'direct'
  const isOnline = room.online > 0
  const calls = useSignal(useClient().calls)
  const running = useSignal(calls?.running ?? NO_CALLS).get(room.tag)
  const inCall = running === undefined ? '' : words.room.callWith(running.participants.map(({ name, nameMark }) => words.names.marked(name, nameMark)))
  const name = room.name === '' ? words.names.unnamedRoom : room.name
  return (
    <li className={`room-item room-item-${room.kind}`}>
      <a
        href={navigation.pathOf(place)} aria-label={name} aria-describedby={noteId} aria-current={isOpen ? 'page' : undefined} data-stop
        tabIndex={isStop ? 0 : -1} onFocus={onFocus} className={isUnread ? 'is-unread' : undefined}
        onClick={(event) => {
          if (!isPlainClick(event)) return
          event.preventDefault()
          dialogs.setMemberSheet(false)
          navigation.go(place)
        }}
      >
        <span className="room-item-avatar">
          <Avatar name={name} of={isDirect ? room.peer : room.tag} size={room.kind === 'party' ? 26 : 34} shape={isDirect ? 'round' : 'room'} />
          {isOnline && <span className="dot dot-online" />}
        </span>
        <span className="room-item-text">
          <span className="room-item-name"><bdi>{name}</bdi> <NameMark mark={room.nameMark} size={13} /></span>
          <span className="room-item-last">{lastLine(room, words, blocked)}</span>
        </span>
        {running !== undefined && <span className="room-item-call" title={inCall}><PhoneCall size={15} aria-hidden /></span>}
        {room.unread > 0 && <span className="badge">{room.unread > 99 ? '99+' : room.unread}</span>}
      </a>
      <span id={noteId} hidden>
        {[room.nameMark === null ? '' : words.names[room.nameMark], room.unread > 0 ? words.rooms.unread(room.unread) : '', isOnline ? words.rooms.online(room.online) : '', inCall].filter(Boolean).join(', ')}
      </span>
      {children}
    </li>
  )
}

function lastLine (room: RoomSummary, words: Messages, blocked: ReadonlySet<UserKey>): string {
  if (room.standing !== 'member') {
    const { waitingShort, removedShort, bannedShort, leftShort, revokedShort } = words.standing
    return { waiting: waitingShort, removed: removedShort, banned: bannedShort, left: leftShort, revoked: revokedShort }[room.standing]
  }
  if (room.lastMessage === null) return words.rooms.noMessages
  if (room.lastMessage.author !== null && blocked.has(room.lastMessage.author)) return words.messages.blocked
  // In a conversation of two, the other's name is above already.
  return room.kind === 'direct' && room.lastMessage.authorName === room.name
    ? room.lastMessage.text
    : words.messages.from(words.names.marked(room.lastMessage.authorName, room.lastMessage.authorMark), room.lastMessage.text)
}
