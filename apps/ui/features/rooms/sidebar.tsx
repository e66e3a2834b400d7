import { useState, type KeyboardEvent, type MouseEvent } from 'react'
import { Link2, Plus, Search, Settings } from 'lucide-react'
import type { RoomSummary } from '#client'
import type { RoomTag } from '#shared/ids.ts'
import { Avatar } from '../../components/avatar.tsx'
import { Button, IconButton } from '../../components/button.tsx'
import { Logo } from '../../components/logo.tsx'
import { useUi, useWords } from '../../state/app-context.ts'
import { ConnectionChip } from '../connection/connection-chip.tsx'
import { HomeStart } from '../home/home-start.tsx'
import './sidebar.css'

interface SidebarProps {
  rooms: readonly RoomSummary[] | null
  openTag: RoomTag | null
  name: string
  /** Where the main pane is not shown beside it, or shows a room, the ways to new rooms are here. */
  hasActions: boolean
  /** It is the whole window: the connection and what an empty home says are told here. */
  isAlone: boolean
}

export function Sidebar ({ rooms, openTag, name, hasActions, isAlone }: SidebarProps) {
  const isStart = isAlone && rooms?.length === 0
  const words = useWords()
  const { dialogs, navigation } = useUi()
  const goHome = (event: MouseEvent): void => {
    if (isPlainClick(event)) {
      event.preventDefault()
      navigation.go({ page: 'home' })
    }
  }
  return (
    <div className="sidebar">
      <header className="sidebar-head">
        <a className="sidebar-brand" href="/" onClick={goHome} aria-label={`Parley, ${words.home.title}`}><Logo size={26} /><span>Parley</span></a>
        {isAlone && <ConnectionChip room={null} />}
      </header>
      <button type="button" className="sidebar-search" onClick={() => dialogs.show('palette')}>
        <Search size={15} aria-hidden /><span>{words.rooms.search}</span><kbd>{shortcutPrefix()}K</kbd>
      </button>
      {isStart ? <HomeStart hasRooms={false} /> : <RoomList rooms={rooms} openTag={openTag} />}
      {hasActions && !isStart && (
        <div className="sidebar-actions">
          <Button kind="quiet" icon={<Plus size={17} aria-hidden />} onClick={() => dialogs.show('create-room')}>{words.home.createRoom}</Button>
          <Button kind="quiet" icon={<Link2 size={17} aria-hidden />} onClick={() => dialogs.show('join')}>{words.home.joinRoom}</Button>
        </div>
      )}
      <footer className="sidebar-foot">
        <Avatar name={name} size={30} />
        <span className="sidebar-me" title={name}>{name}</span>
        <IconButton label={words.rooms.settings} icon={<Settings size={18} aria-hidden />} onClick={() => dialogs.show('settings')} />
      </footer>
    </div>
  )
}

/** A list that is one stop for Tab; arrows move inside. */
function RoomList ({ rooms, openTag }: { rooms: readonly RoomSummary[] | null, openTag: RoomTag | null }) {
  const words = useWords().rooms
  const [focusedTag, setFocusedTag] = useState<RoomTag | null>(null)
  const isListed = (tag: RoomTag | null): boolean => rooms?.some((room) => room.tag === tag) ?? false
  const stop = [focusedTag, openTag].find(isListed) ?? rooms?.[0]?.tag ?? null

  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    const links = [...event.currentTarget.querySelectorAll('a')]
    const at = links.findIndex((link) => link === document.activeElement)
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key]
    if (to === undefined) return
    event.preventDefault()
    links[Math.max(0, Math.min(to, links.length - 1))]?.focus()
  }

  return (
    <nav className="room-list" aria-label={words.title}>
      <h2 className="section-title" aria-hidden="true">{words.title}</h2>
      {rooms?.length === 0 && <p className="room-list-none">{words.none}</p>}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the keys move between the links inside */}
      <ul onKeyDown={onKeyDown}>
        {rooms?.map((room) => (
          <RoomItem key={room.tag} room={room} isOpen={room.tag === openTag} isStop={room.tag === stop} onFocus={() => setFocusedTag(room.tag)} />
        ))}
      </ul>
    </nav>
  )
}

function RoomItem ({ room, isOpen, isStop, onFocus }: { room: RoomSummary, isOpen: boolean, isStop: boolean, onFocus: () => void }) {
  const words = useWords()
  const { navigation, dialogs } = useUi()
  const place = { page: 'room', tag: room.tag } as const
  const noteId = `room-note-${room.tag}`
  const isUnread = room.unread > 0 && !isOpen
  return (
    <li className="room-item">
      <a
        href={navigation.pathOf(place)} aria-label={room.name} aria-describedby={noteId} aria-current={isOpen ? 'page' : undefined}
        tabIndex={isStop ? 0 : -1} onFocus={onFocus} className={isUnread ? 'is-unread' : undefined}
        onClick={(event) => {
          if (!isPlainClick(event)) return
          event.preventDefault()
          dialogs.setMemberSheet(false)
          navigation.go(place)
        }}
      >
        <span className="room-item-avatar">
          <Avatar name={room.name} hueKey={room.tag} size={34} shape="room" />
          {room.online > 0 && <span className="dot dot-online" />}
        </span>
        <span className="room-item-text">
          <span className="room-item-name">{room.name}</span>
          <span className="room-item-last">{lastLine(room, words)}</span>
        </span>
        {room.unread > 0 && <span className="badge">{room.unread > 99 ? '99+' : room.unread}</span>}
      </a>
      <span id={noteId} hidden>
        {[room.unread > 0 ? words.rooms.unread(room.unread) : '', room.online > 0 ? words.rooms.online(room.online) : ''].filter(Boolean).join(', ')}
      </span>
    </li>
  )
}

function lastLine (room: RoomSummary, words: ReturnType<typeof useWords>): string {
  if (!room.isMember) return words.rooms.removed
  return room.lastMessage === null ? words.rooms.noMessages : words.messages.from(room.lastMessage.authorName, room.lastMessage.text)
}

/** Other clicks are the browser's: new tab, new window, download. */
const isPlainClick = (event: MouseEvent): boolean => event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey

/** The key of the system's commands, as keyboards name it. */
export const shortcutPrefix = (): string => /mac|iphone|ipad/i.test(navigator.userAgent) ? '⌘' : 'Ctrl '
