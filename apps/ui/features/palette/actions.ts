/** Everything that can be done from the palette or by a key, as objects: what it is called, whether it can be done now, how it is done. */
import type { Member, RoomSummary } from '#client'
import type { RoomTag, UserKey } from '#shared/ids.ts'
import type { Messages } from '../../i18n/index.ts'
import type { Ui } from '../../state/app-context.ts'

export type ActionKind = 'room' | 'person' | 'command'

export interface Action {
  id: string
  kind: ActionKind
  label: string
  /** As shown, e.g. "Alt ↓". */
  shortcut: string | null
  isEnabled: boolean
  perform: () => void
}

export interface ActionContext {
  ui: Ui
  words: Messages
  rooms: readonly RoomSummary[]
  /** Whom one can write to; shown while `onMessage` is there. */
  people: readonly Pick<Member, 'user' | 'name' | 'nameMark'>[]
  onMessage: ((user: UserKey) => void) | null
  openTag: RoomTag | null
  canInvite: boolean
  canCreateParty: boolean
  /** What can be done with the call that runs. */
  callActions: readonly Action[]
  /** Shows the members of the open room. */
  onShowMembers: () => void
}

/** Rooms first, then people, then commands: those of a call before all others. */
export function createActions (context: ActionContext): Action[] {
  const { ui: { dialogs, navigation, preferences }, words, rooms, people, onMessage, openTag, canInvite, canCreateParty, callActions, onShowMembers } = context
  const isInRoom = openTag !== null
  const action = (kind: ActionKind, id: string, label: string, perform: () => void): Action => ({ kind, id, label, perform, isEnabled: true, shortcut: null })
  const command = (id: string, label: string, perform: () => void, isEnabled = true): Action => ({ ...action('command', id, label, perform), isEnabled })
  const theme = (name: 'light' | 'dark' | 'system', label: string): Action =>
    command(`theme-${name}`, words.palette.themeTo(label), () => preferences.change({ theme: name }), preferences.current.value.theme !== name)
  return [
    ...rooms.map((room) => action('room', `room-${room.tag}`, words.names.marked(room.name === '' ? words.names.unnamedRoom : room.name, room.nameMark), () => navigation.go({ page: 'room', tag: room.tag }))),
    ...onMessage === null ? [] : people.map(({ user, name, nameMark }) => action('person', `person-${user}`, words.people.messageTo(words.names.marked(name, nameMark)), () => onMessage(user))),
    ...callActions,
    command('create-room', words.home.createRoom, () => dialogs.show('create-room')),
    command('join-room', words.home.joinRoom, () => dialogs.show('join')),
    command('create-party', words.party.create, () => dialogs.show('create-party'), isInRoom && canCreateParty),
    command('invite', words.invite.title, () => dialogs.show('invite'), isInRoom && canInvite),
    command('room-settings', words.roomSettings.title, () => dialogs.show('room-settings'), isInRoom),
    command('members', words.members.show, onShowMembers, isInRoom),
    command('connection', words.connection.title, () => dialogs.show('connection')),
    command('home', words.palette.goHome, () => navigation.go({ page: 'home' }), isInRoom),
    command('settings', words.settings.title, () => dialogs.show('settings')),
    theme('light', words.settings.themeLight),
    theme('dark', words.settings.themeDark),
    theme('system', words.settings.themeSystem),
    command('sign-out', words.settings.signOut, () => dialogs.show('settings', { tab: 'account' }))
  ]
}

/** Enabled actions whose label holds all words of the query; those that begin with it first. */
export function findActions (actions: readonly Action[], query: string): Action[] {
  const parts = fold(query).split(/\s+/).filter(Boolean)
  const found = actions.filter((action) => action.isEnabled && parts.every((part) => fold(action.label).includes(part)))
  const starts = (action: Action): number => Number(fold(action.label).startsWith(parts[0] ?? ''))
  return found.sort((a, b) => starts(b) - starts(a))
}

/** The room above or below the open one in the list; the first or last when none is open. */
export function neighbour (rooms: readonly RoomSummary[], openTag: RoomTag | null, step: 1 | -1): RoomTag | null {
  const at = rooms.findIndex((room) => room.tag === openTag)
  if (at === -1) return rooms.at(step === 1 ? 0 : -1)?.tag ?? null
  return rooms[(at + step + rooms.length) % rooms.length]?.tag ?? null
}

const fold = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim()
