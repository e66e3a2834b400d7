import { ArrowLeft, UserPlus, Users } from 'lucide-react'
import type { Room } from '#client'
import { Avatar } from '../../components/avatar.tsx'
import { Banner } from '../../components/banner.tsx'
import { Button, IconButton } from '../../components/button.tsx'
import { NARROW, useMedia } from '../../hooks/use-media.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useUi, useWords } from '../../state/app-context.ts'
import { Composer } from '../composer/composer.tsx'
import { ConnectionChip } from '../connection/connection-chip.tsx'
import { Announcer } from '../messages/announcer.tsx'
import { TimelinePane } from '../messages/timeline-pane.tsx'
import { StatusBanners } from './status-banners.tsx'
import './room.css'

/** One room: header, banners, messages, composer. */
export function RoomPane ({ room, areMembersShown, onToggleMembers }: { room: Room, areMembersShown: boolean, onToggleMembers: () => void }) {
  const words = useWords()
  const { dialogs, navigation } = useUi()
  const isNarrow = useMedia(NARROW)
  const summary = useSignal(room.summary)
  const canInvite = useSignal(room.invite) !== null
  const syncing = useSignal(room.syncing)
  return (
    <main className="pane room" id="content" tabIndex={-1}>
      <header className="pane-head room-head">
        {isNarrow && <IconButton label={words.back} icon={<ArrowLeft size={20} aria-hidden />} onClick={() => navigation.go({ page: 'home' })} />}
        {!isNarrow && <Avatar name={summary.name} hueKey={room.tag} size={32} shape="room" />}
        <h1 title={summary.name}>{summary.name}</h1>
        <ConnectionChip room={room} />
        <div className="room-head-actions">
          {canInvite && (
            <Button kind="quiet" className="room-invite" icon={<UserPlus size={18} aria-hidden />} aria-label={words.room.invite} onClick={() => dialogs.show('invite')}>
              {words.room.invite}
            </Button>
          )}
          <IconButton label={words.room.members} icon={<Users size={18} aria-hidden />} aria-pressed={areMembersShown} onClick={onToggleMembers} />
        </div>
      </header>
      <StatusBanners />
      {!summary.isMember && <Banner kind="trouble">{words.room.removedBanner}</Banner>}
      {syncing !== null && syncing.total > 0 && (
        <div className="syncing">
          <progress max={syncing.total} value={syncing.received} aria-label={words.room.syncing(syncing.received, syncing.total)} />
          <span>{words.room.syncing(syncing.received, syncing.total)}</span>
        </div>
      )}
      <TimelinePane key={room.tag} room={room} />
      <Composer key={`composer ${room.tag}`} room={room} />
      <Announcer tag={room.tag} />
    </main>
  )
}

/** An address that leads to no room of this device. */
export function MissingRoom () {
  const words = useWords().room
  const { navigation } = useUi()
  return (
    <main className="pane home" id="content" tabIndex={-1}>
      <header className="pane-head"><span className="home-hello" /><ConnectionChip room={null} /></header>
      <div className="home-middle">
        <h1>{words.missingTitle}</h1>
        <p>{words.missingText}</p>
        <Button kind="primary" onClick={() => navigation.go({ page: 'home' })}>{words.goHome}</Button>
      </div>
    </main>
  )
}
