/** Everything that can be done from the palette or by a key, as objects: what it is called, whether it can be done now, how it is done. */
import type { RoomSummary } from '#client'
import type { RoomTag } from '#shared/ids.ts'
import type { Messages } from '../../i18n/index.ts'
import type { Ui } from '../../state/app-context.ts'

export interface Action {
  id: string
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
  openTag: RoomTag | null
  canInvite: boolean
}

/** Rooms first, then commands. */
export function createActions ({ ui, words, rooms, openTag, canInvite }: ActionContext): Action[] {
  const { dialogs, navigation, preferences } = ui
  const command = (id: string, label: string, perform: () => void, options: { isEnabled?: boolean, shortcut?: string } = {}): Action =>
    ({ id, label, perform, isEnabled: options.isEnabled ?? true, shortcut: options.shortcut ?? null })
  const theme = (name: 'light' | 'dark' | 'system', label: string): Action =>
    command(`theme-${name}`, words.palette.themeTo(label), () => preferences.change({ theme: name }), { isEnabled: preferences.current.value.theme !== name })
  return [
    ...rooms.map((room) => command(`room-${room.tag}`, room.name, () => navigation.go({ page: 'room', tag: room.tag }))),
    command('create-room', words.home.createRoom, () => dialogs.show('create-room')),
    command('join-room', words.home.joinRoom, () => dialogs.show('join')),
    command('invite', words.invite.title, () => dialogs.show('invite'), { isEnabled: openTag !== null && canInvite }),
    command('connection', words.connection.title, () => dialogs.show('connection')),
    command('home', words.palette.goHome, () => navigation.go({ page: 'home' }), { isEnabled: openTag !== null }),
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
