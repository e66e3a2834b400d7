import type { MouseEvent } from 'react'
import { Link2, Plus, Search, Settings } from 'lucide-react'
import type { Account, RoomSummary } from '#client'
import type { RoomTag } from '#shared/ids.ts'
import { Avatar } from '../../components/avatar.tsx'
import { Button, IconButton } from '../../components/button.tsx'
import { Logo } from '../../components/logo.tsx'
import { useUi, useWords } from '../../state/app-context.ts'
import { ConnectionChip } from '../connection/connection-chip.tsx'
import { HomeStart } from '../home/home-start.tsx'
import { isPlainClick } from './plain-click.ts'
import { RoomList } from './room-list.tsx'
import './sidebar.css'

interface SidebarProps {
  rooms: readonly RoomSummary[] | null
  openTag: RoomTag | null
  me: Account
  /** Where the main pane is not shown beside it, or shows a room, the ways to new rooms are here. */
  hasActions: boolean
  /** It is the whole window: the connection and what an empty home says are told here. */
  isAlone: boolean
}

export function Sidebar ({ rooms, openTag, me: { name, userKey }, hasActions, isAlone }: SidebarProps) {
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
        <Avatar name={name} of={userKey} size={30} />
        <span className="sidebar-me" title={name}>{name}</span>
        <IconButton label={words.rooms.settings} icon={<Settings size={18} aria-hidden />} onClick={() => dialogs.show('settings')} />
      </footer>
    </div>
  )
}

/** The key of the system's commands, as keyboards name it. */
export const shortcutPrefix = (): string => /mac|iphone|ipad/i.test(navigator.userAgent) ? '⌘' : 'Ctrl '
