import { signal } from '@preact/signals-core'
import { expect, test } from 'vitest'
import type { RoomSummary } from '#client'
import type { RoomTag, UserKey } from '#shared/ids.ts'
import { en } from '../../i18n/en.ts'
import { createDialogs } from '../../state/dialogs.ts'
import type { Place } from '../../state/navigation.ts'
import { parsePreferences, type Preferences } from '../../state/preferences.ts'
import { createActions, findActions, neighbour } from './actions.ts'

const room = (name: string): RoomSummary => ({
  tag: name.toLowerCase() as RoomTag, name, nameMark: null, unread: 0, lastActivityAt: 0, lastMessage: null, online: 0, isMember: true,
  kind: 'group', topic: '', parent: null, peer: null, role: 'member', standing: 'member'
})
const rooms = [room('Kitchen'), room('Café Größe'), room('Create nothing')]

/** The window without a window: what actions touch of it. */
function stage (openTag: RoomTag | null = null, can = false) {
  const current = signal<Preferences>(parsePreferences(null))
  const went: Place[] = []
  const dialogs = createDialogs()
  const ui = {
    dialogs,
    navigation: { go: (place: Place) => { went.push(place) } },
    preferences: { current, change: (patch: Partial<Preferences>) => { current.value = { ...current.value, ...patch } } }
  } as unknown as Parameters<typeof createActions>[0]['ui']
  const asked: string[] = []
  const actions = createActions({
    ui, words: en, rooms, openTag, canInvite: can, canCreateParty: can, people: [{ user: 'bob' as UserKey, name: 'Bob', nameMark: null }],
    callActions: can ? [{ id: 'call-mute', kind: 'command', label: 'Mute', shortcut: 'M', isEnabled: true, perform: () => { asked.push('mute') } }] : [],
    onMessage: can ? (user) => { asked.push(user) } : null, onShowMembers: () => { asked.push('members') }
  })
  return { dialogs, current, went, asked, actions }
}

test('a room is found by any of its words, without accents or capitals', () => {
  const { actions, went } = stage()
  const [found] = findActions(actions, 'CAFE')
  expect(found?.label).toBe('Café Größe')
  found?.perform()
  expect(went).toEqual([{ page: 'room', tag: rooms[1]?.tag }])
})

test('what begins with the query comes first', () => {
  expect(findActions(stage().actions, 'create').map((action) => action.label)).toEqual(['Create nothing', 'Create room'])
})

test('what is impossible now is not offered', () => {
  const labels = (actions: ReturnType<typeof stage>['actions']): string[] => findActions(actions, '').map((action) => action.label)
  expect(labels(stage().actions)).not.toContain('Invite people')
  expect(labels(stage(rooms[0]?.tag ?? null, true).actions)).toContain('Invite people')
  expect(labels(stage().actions)).not.toContain('Theme: As the system')
  for (const label of ['New party room', 'Room settings', 'Show members', 'Message Bob']) {
    expect(labels(stage().actions)).not.toContain(label)
    expect(labels(stage(rooms[0]?.tag ?? null, true).actions)).toContain(label)
  }
})

test('the call that runs comes before other commands', () => {
  const commands = stage(null, true).actions.filter(({ kind }) => kind === 'command').map(({ label }) => label)
  expect(commands.slice(0, 2)).toEqual(['Mute', 'Create room'])
})

test('somebody is written to by their name', () => {
  const { actions, asked } = stage(null, true)
  findActions(actions, 'message bob')[0]?.perform()
  expect(asked).toEqual(['bob'])
})

test('signing out from the palette leads to the question, never past it', () => {
  const { actions, dialogs } = stage()
  actions.find((action) => action.id === 'sign-out')?.perform()
  expect(dialogs.open.value).toEqual({ name: 'settings', tab: 'account' })
})

test('Alt-arrows go round the list of rooms', () => {
  expect(neighbour(rooms, rooms[2]?.tag ?? null, 1)).toBe(rooms[0]?.tag)
  expect(neighbour(rooms, rooms[0]?.tag ?? null, -1)).toBe(rooms[2]?.tag)
  expect(neighbour(rooms, null, 1)).toBe(rooms[0]?.tag)
  expect(neighbour([], null, 1)).toBeNull()
})
