import { useCallback, useEffect, useMemo } from 'react'
import type { Account, Calls, Platform, Room } from '#client'
import { later } from '../components/later.tsx'
import { NARROW, useMedia, WIDE } from '../hooks/use-media.ts'
import { useDirect } from '../hooks/use-direct.ts'
import { useSignal } from '../hooks/use-signal.ts'
import { useClient, useUi, useWords } from '../state/app-context.ts'
import { useCallActions } from './call/use-call-actions.ts'
import { ConnectionPanel } from './connection/connection-panel.tsx'
import { CreatePartyDialog } from './create-room/create-party-dialog.tsx'
import { CreateRoomDialog } from './create-room/create-room-dialog.tsx'
import { HomePane } from './home/home-pane.tsx'
import { allPeople } from './home/people.ts'
import { JoinDialog } from './join/join-dialog.tsx'
import { MembersDrawer } from './members/members-drawer.tsx'
import { createActions, neighbour } from './palette/actions.ts'
import { RecoveryNotice } from './recovery/recovery-notice.tsx'
import { MissingRoom, RoomPane } from './room/room-pane.tsx'
import { StatusBanners } from './room/status-banners.tsx'
import { inListOrder } from './rooms/room-sections.ts'
import { Sidebar } from './rooms/sidebar.tsx'
import { useHost } from './use-host.ts'
import './shell.css'

// What nobody needs in the first second comes after it; the service worker (and the desktop package) has it when the node is down.
const CallLayer = later(async () => (await import('./call/call-layer.tsx')).CallLayer)
const InviteDialog = later(async () => (await import('./invite/invite-dialog.tsx')).InviteDialog)
const RoomSettingsDialog = later(async () => (await import('./room-settings/room-settings-dialog.tsx')).RoomSettingsDialog)
const SettingsDialog = later(async () => (await import('./settings/settings-dialog.tsx')).SettingsDialog)
const SafetyDialog = later(async () => (await import('./safety/safety-dialog.tsx')).SafetyDialog)
const SignInAgainDialog = later(async () => (await import('./sign-in/sign-in-again-dialog.tsx')).SignInAgainDialog)
const LinkDeviceDialog = later(async () => (await import('./devices/link-device-dialog.tsx')).LinkDeviceDialog)
const LinkCodeDialog = later(async () => (await import('./devices/link-code-dialog.tsx')).LinkCodeDialog)
const RecoverDialog = later(async () => (await import('./recovery/recover-dialog.tsx')).RecoverDialog)
const ImportDialog = later(async () => (await import('./settings/import-dialog.tsx')).ImportDialog)
const PaletteDialog = later(async () => (await import('./palette/palette-dialog.tsx')).PaletteDialog)
const RequestsDialog = later(async () => (await import('./requests/requests-dialog.tsx')).RequestsDialog)
const CallPreviewDialog = later(async () => (await import('./call/call-preview-dialog.tsx')).CallPreviewDialog)
const FETCHED_AHEAD = [InviteDialog, SettingsDialog, PaletteDialog, SafetyDialog, RoomSettingsDialog]

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
  useEffect(() => { for (const dialog of FETCHED_AHEAD) dialog.fetch() }, [])

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
      {!isNarrow && <div className="shell-side"><Sidebar rooms={rooms} openTag={tag} me={account} hasActions={place.page === 'room'} isAlone={false} /></div>}
      {isNarrow && place.page === 'home' && (
        <main className="shell-side" id="content" tabIndex={-1}>
          <h1 className="visually-hidden">{words.home.title}</h1>
          <StatusBanners />
          <RecoveryNotice hasRooms={(rooms?.length ?? 0) > 0} />
          <Sidebar rooms={rooms} openTag={tag} me={account} hasActions isAlone />
        </main>
      )}
      {place.page === 'room' && room !== null && <RoomPane key={room.tag} room={room} areMembersShown={areMembersShown} onToggleMembers={() => setMembers(!areMembersShown)} />}
      {place.page === 'room' && room === null && rooms !== null && <MissingRoom />}
      {place.page === 'room' && rooms === null && <main className="pane" id="content" aria-busy="true" />}
      {place.page === 'home' && !isNarrow && <HomePane name={account.name} hasRooms={(rooms?.length ?? 0) > 0} />}
      {hasDrawer && <MembersDrawer room={room} isSheet={!isWide} onClose={hideMembers} />}
      <OpenDialog account={account} room={room} calls={calls} onShowMembers={showMembersNow} />
      {calls !== null && <CallLayer calls={calls} />}
      <Keys />
    </div>
  )
}

function OpenDialog ({ account, room, calls, onShowMembers }: { account: Account, room: Room | null, calls: Calls | null, onShowMembers: () => void }) {
  const { dialogs, joining } = useUi()
  const open = useSignal(dialogs.open)
  const pendingLink = useSignal(joining.pendingLink)
  const pendingDevice = useSignal(joining.pendingDevice)
  // A link that the app was opened with is asked about before anything else.
  useEffect(() => {
    if (pendingLink !== null) dialogs.show('join')
    else if (pendingDevice !== null) dialogs.show('link-code')
  }, [pendingLink, pendingDevice, dialogs])
  switch (open?.name) {
    case 'create-room': return <CreateRoomDialog />
    case 'create-party': return room === null ? null : <CreatePartyDialog room={room} />
    case 'join': return <JoinDialog ownName={account.name} />
    case 'invite': return room === null ? null : <InviteDialog key={room.tag} room={room} />
    case 'room-settings': return room === null ? null : <RoomSettingsDialog key={room.tag} room={room} />
    case 'call-preview': return room === null || calls === null ? null : <CallPreviewDialog key={room.tag} room={room} calls={calls} />
    case 'connection': return <ConnectionPanel room={room} />
    case 'settings': return <SettingsDialog account={account} {...(open.tab === undefined ? {} : { tab: open.tab })} />
    case 'requests': return <RequestsDialog />
    case 'safety': return open.user === undefined ? null : <SafetyDialog user={open.user} />
    case 'sign-in': return <SignInAgainDialog />
    case 'link-device': return <LinkDeviceDialog />
    case 'link-code': return <LinkCodeDialog />
    case 'recover': return <RecoverDialog />
    case 'import': return <ImportDialog />
    case 'palette': return <Palette room={room} onShowMembers={onShowMembers} />
    case undefined: return null
  }
}

function Palette ({ room, onShowMembers }: { room: Room | null, onShowMembers: () => void }) {
  const ui = useUi()
  const words = useWords()
  const client = useClient()
  const rooms = useSignal(client.rooms) ?? []
  const people = useSignal(useMemo(() => allPeople(client), [client]))
  const direct = useDirect()
  const callActions = useCallActions()
  return (
    <PaletteDialog
      actions={createActions({
        ui, words, rooms, people, callActions, onShowMembers, openTag: room?.tag ?? null, canInvite: room !== null && room.entry.invite.value !== null,
        canCreateParty: room !== null && room.parties.create.value !== null,
        onMessage: direct === null ? null : (user) => { direct(user).catch(() => {}) }
      })}
    />
  )
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
