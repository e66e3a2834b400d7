import { useState } from 'react'
import { ArrowLeft, Settings2, UserPlus, Users } from 'lucide-react'
import type { Calls, Room } from '#client'
import { Avatar } from '../../components/avatar.tsx'
import { Button, IconButton } from '../../components/button.tsx'
import { later } from '../../components/later.tsx'
import { NameMark } from '../../components/name-mark.tsx'
import { NARROW, useMedia } from '../../hooks/use-media.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useClient, useLanguage, useUi, useWords } from '../../state/app-context.ts'
import { CallBoundary } from '../call/call-boundary.tsx'
import { CallButton } from '../call/call-button.tsx'
import { DisagreementBanner } from '../agreement/disagreement-banner.tsx'
import { Composer } from '../composer/composer.tsx'
import { ConnectionChip } from '../connection/connection-chip.tsx'
import { Announcer } from '../messages/announcer.tsx'
import { createEditing } from '../messages/editing.ts'
import { TimelinePane } from '../messages/timeline-pane.tsx'
import { PendingBanners } from '../pending/pending-banners.tsx'
import { ContinuationBanners } from './continuation-banners.tsx'
import { HandOverBanner } from './hand-over-banner.tsx'
import { StandingBanner } from './standing-banner.tsx'
import { StatusBanners } from './status-banners.tsx'
import './room.css'

const CallStage = later(async () => (await import('../call/call-stage.tsx')).CallStage)

interface RoomPaneProps { room: Room, areMembersShown: boolean, onToggleMembers: () => void }

/** One room: header, banners, messages, composer. Mount one per room (`key`). */
export function RoomPane ({ room, areMembersShown, onToggleMembers }: RoomPaneProps) {
  const [editing] = useState(createEditing)
  const calls = useSignal(useClient().calls)
  return (
    <main className="pane room" id="content" tabIndex={-1}>
      <RoomHead room={room} areMembersShown={areMembersShown} onToggleMembers={onToggleMembers} />
      <StatusBanners />
      <StandingBanner room={room} />
      <DisagreementBanner room={room} />
      <HandOverBanner room={room} />
      <PendingBanners room={room} />
      <ContinuationBanners room={room} />
      <Syncing room={room} />
      {calls !== null && <CallBoundary calls={calls}><OpenCall room={room} calls={calls} /></CallBoundary>}
      <TimelinePane room={room} editing={editing} />
      <Composer room={room} editing={editing} />
      <Announcer tag={room.tag} />
    </main>
  )
}

function RoomHead ({ room, areMembersShown, onToggleMembers }: RoomPaneProps) {
  const words = useWords()
  const { dialogs, navigation } = useUi()
  const isNarrow = useMedia(NARROW)
  const { name: given, nameMark, topic, kind, role, peer } = useSignal(room.summary)
  const name = given === '' ? words.names.unnamedRoom : given
  const calls = useSignal(useClient().calls)
  const canInvite = useSignal(room.entry.invite) !== null
  const requests = useSignal(room.entry.requests).length
  const isDirect = kind === 'direct'
  return (
    <header className="pane-head room-head">
      {isNarrow && <IconButton label={words.back} icon={<ArrowLeft size={20} aria-hidden />} onClick={() => navigation.go({ page: 'home' })} />}
      {!isNarrow && <Avatar name={name} of={isDirect ? peer : room.tag} size={32} shape={isDirect ? 'round' : 'room'} />}
      <div className="room-title">
        <div className="room-title-line"><h1 title={name} dir="auto">{name}</h1><NameMark mark={nameMark} size={16} /></div>
        {topic !== '' && <p className="room-topic" title={topic}>{topic}</p>}
      </div>
      <ConnectionChip room={room} />
      <div className="room-head-actions">
        {calls !== null && role !== null && <CallButton room={room} calls={calls} />}
        {canInvite && !isDirect && (
          <Button kind="quiet" className="room-invite" icon={<UserPlus size={18} aria-hidden />} aria-label={words.room.invite} onClick={() => dialogs.show('invite')}>
            {words.room.invite}
          </Button>
        )}
        <IconButton label={words.roomSettings.title} icon={<Settings2 size={18} aria-hidden />} onClick={() => dialogs.show('room-settings')} />
        <IconButton
          label={words.room.members} icon={<><Users size={18} aria-hidden />{requests > 0 && <span className="badge head-badge" aria-hidden="true">{requests}</span>}</>}
          aria-pressed={areMembersShown} aria-describedby={requests > 0 ? 'requests-note' : undefined} onClick={onToggleMembers}
        />
        {requests > 0 && <span id="requests-note" hidden>{words.people.waiting(requests)}</span>}
      </div>
    </header>
  )
}

function OpenCall ({ room, calls }: { room: Room, calls: Calls }) {
  const call = useSignal(calls.current)
  const { name } = useSignal(room.summary)
  if (call?.roomTag !== room.tag) return null
  return <CallStage call={call} calls={calls} roomName={name} />
}

function Syncing ({ room }: { room: Room }) {
  const { words, number } = useLanguage()
  const syncing = useSignal(room.live.syncing)
  if (syncing === null || syncing.total === 0) return null
  const text = words.room.syncing(number(Math.min(syncing.received, syncing.total)), number(syncing.total))
  return (
    <div className="syncing">
      <progress max={syncing.total} value={syncing.received} aria-label={text} />
      <span>{text}</span>
    </div>
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
