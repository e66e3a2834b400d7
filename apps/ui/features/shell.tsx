import { useCallback, useEffect } from 'react'
import type { Account, Calls, Platform, Room } from '#client'
import { Button } from '../components/button.tsx'
import { Dialog } from '../components/dialog.tsx'
import { later } from '../components/later.tsx'
import { PartBoundary } from '../components/part-failed.tsx'
import { NARROW, useMedia, WIDE } from '../hooks/use-media.ts'
import { useSignal } from '../hooks/use-signal.ts'
import { dialogs as registered } from '../registries/dialogs.ts'
import { useClient, useUi, useWords } from '../state/app-context.ts'
import { CallBoundary } from './call/call-boundary.tsx'
import { HomePane } from './home/home-pane.tsx'
import { MembersDrawer } from './members/members-drawer.tsx'
import { neighbour } from './palette/find-commands.ts'
import { RecoveryNotice } from './recovery/recovery-notice.tsx'
import { MissingRoom, RoomPane } from './room/room-pane.tsx'
import { StatusBanners } from './room/status-banners.tsx'
import { inListOrder } from './rooms/room-sections.ts'
import { Sidebar } from './rooms/sidebar.tsx'
import { useHost } from './use-host.ts'
import './index.ts'
import './shell.css'

// What nobody needs in the first second comes after it; the service worker (and the desktop package) has it when the node is down.
const CallLayer = later(async () => (await import('./call/call-layer.tsx')).CallLayer)

/** The signed-in window: list, conversation, members, and whichever dialog is open. */
export function Shell ({ account, platform }: { account: Account, platform: Platform }) {
  const words = useWords()
  const client = useClient()
  const { navigation, dialogs, preferences } = useUi()
  const rooms = useSignal(client.rooms)
  const calls = useSignal(client.calls)
  const place = useSignal(navigation.place)
  const isWide = useMedia(WIDE)
  const isNarrow = useMedia(NARROW)
  const isSheetOpen = useSignal(dialogs.memberSheet)
  const { showMembers } = useSignal(preferences.current)
  const tag = place.page === 'room' ? place.tag : null
  const room = tag === null || rooms === null ? null : client.room(tag)
  const areMembersShown = isWide ? showMembers : isSheetOpen
  useHost(platform, room)
  useEffect(() => { for (const dialog of registered.all()) dialog.fetch?.() }, [])

  const setMembers = useCallback((isShown: boolean): void => {
    if (isWide) preferences.change({ showMembers: isShown })
    else dialogs.setMemberSheet(isShown)
  }, [isWide, preferences, dialogs])
  const hideMembers = useCallback(() => setMembers(false), [setMembers])
  const showMembersNow = useCallback(() => setMembers(true), [setMembers])

  // A sheet that was open when the window grew would lie over the conversation when it shrinks again.
  useEffect(() => { if (isWide) dialogs.setMemberSheet(false) }, [isWide, dialogs])

  const hasDrawer = room !== null && areMembersShown
  return (
    <div className={`shell ${hasDrawer && isWide ? 'has-drawer' : ''}`}>
      <a className="skip-link" href="#content">{words.skipToContent}</a>
      {!isNarrow && (
        <div className="shell-side">
          <PartBoundary part="rooms"><Sidebar rooms={rooms} openTag={tag} me={account} hasActions={place.page === 'room'} isAlone={false} /></PartBoundary>
        </div>
      )}
      {isNarrow && place.page === 'home' && (
        <main className="shell-side" id="content" tabIndex={-1}>
          <PartBoundary part="rooms">
            <h1 className="visually-hidden">{words.home.title}</h1>
            <StatusBanners />
            <RecoveryNotice hasRooms={(rooms?.length ?? 0) > 0} />
            <Sidebar rooms={rooms} openTag={tag} me={account} hasActions isAlone />
          </PartBoundary>
        </main>
      )}
      <PartBoundary
        key={tag ?? 'home'} part="room" frame={(content) => <main className="pane" id="content" tabIndex={-1}>{content}</main>}
        actions={place.page === 'room' && <Button onClick={() => navigation.go({ page: 'home' })}>{words.room.goHome}</Button>}
      >
        {place.page === 'room' && room !== null && <RoomPane room={room} areMembersShown={areMembersShown} onToggleMembers={() => setMembers(!areMembersShown)} />}
        {place.page === 'room' && room === null && rooms !== null && <MissingRoom />}
        {place.page === 'room' && rooms === null && <main className="pane" id="content" aria-busy="true" />}
        {place.page === 'home' && !isNarrow && <HomePane name={account.name} hasRooms={(rooms?.length ?? 0) > 0} />}
      </PartBoundary>
      {hasDrawer && (
        <PartBoundary
          key={`members ${room.tag}`} part="members" actions={<Button onClick={hideMembers}>{words.close}</Button>}
          frame={(content) => <aside className={`members ${isWide ? '' : 'members-sheet'}`}>{content}</aside>}
        >
          <MembersDrawer room={room} isSheet={!isWide} onClose={hideMembers} />
        </PartBoundary>
      )}
      <OpenDialog account={account} room={room} calls={calls} onShowMembers={showMembersNow} />
      {calls !== null && <CallBoundary calls={calls} isFloating><CallLayer calls={calls} /></CallBoundary>}
      <Keys />
    </div>
  )
}

function OpenDialog (props: { account: Account, room: Room | null, calls: Calls | null, onShowMembers: () => void }) {
  const { dialogs } = useUi()
  const open = useSignal(dialogs.open)
  const { title } = useWords().failures.dialog
  return (
    <PartBoundary key={open?.name ?? ''} part="dialog" frame={(content) => <Dialog title={title} onClose={() => dialogs.close()}>{content}</Dialog>}>
      <ChosenDialog {...props} />
    </PartBoundary>
  )
}

function ChosenDialog ({ account, room, calls, onShowMembers }: { account: Account, room: Room | null, calls: Calls | null, onShowMembers: () => void }) {
  const { dialogs, joining } = useUi()
  const open = useSignal(dialogs.open)
  const pendingLink = useSignal(joining.pendingLink)
  const pendingDevice = useSignal(joining.pendingDevice)
  // A link that the app was opened with is asked about before anything else.
  useEffect(() => {
    if (pendingLink !== null) dialogs.show('join')
    else if (pendingDevice !== null) dialogs.show('link-code')
  }, [pendingLink, pendingDevice, dialogs])
  return open === null ? null : registered.draw(open, { account, room, calls, onShowMembers })
}

/** The keys that work everywhere. */
function Keys () {
  const client = useClient()
  const { dialogs, navigation } = useUi()
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const isCommand = event.ctrlKey || event.metaKey
      if (isCommand && !event.shiftKey && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        if (dialogs.open.value?.name === 'palette') dialogs.close()
        else dialogs.show('palette')
      } else if (event.altKey && !isCommand && (event.key === 'ArrowUp' || event.key === 'ArrowDown') && dialogs.open.value === null) {
        event.preventDefault()
        const place = navigation.place.value
        const tag = neighbour(inListOrder(client.rooms.value ?? []), place.page === 'room' ? place.tag : null, event.key === 'ArrowDown' ? 1 : -1)
        if (tag !== null) navigation.go({ page: 'room', tag })
      }
    }
    window.addEventListener('keydown', onKey)
    return () => { window.removeEventListener('keydown', onKey) }
  }, [client, dialogs, navigation])
  return null
}
