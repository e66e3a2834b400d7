import { signal } from '@preact/signals-core'
import { expect, test } from 'vitest'
import type { RoomSummary } from '#client'
import type { RoomTag, UserKey } from '#shared/ids.ts'
import { en } from '../../i18n/en.ts'
import { createDialogs } from '../../state/dialogs.ts'
import type { Place } from '../../state/navigation.ts'
import { parsePreferences, type Preferences } from '../../state/preferences.ts'
import { commandSources, type CommandContext } from '../../registries/commands.ts'
import '../index.ts'
import { findCommands, neighbour } from './find-commands.ts'

const room = (name: string): RoomSummary => ({
  tag: name.toLowerCase() as RoomTag, name, nameMark: null, unread: 0, lastActivityAt: 0, lastMessage: null, online: 0, isMember: true,
  kind: 'group', topic: '', parent: null, peer: null, role: 'member', standing: 'member'
})
const rooms = [room('Kitchen'), room('Café Größe'), room('Create nothing')]

/** The window without a window: what commands touch of it. `can`: whatever needs an open room, a call and the right to. */
function stage (openTag: RoomTag | null = null, can = false) {
  const current = signal<Preferences>(parsePreferences(null))
  const went: Place[] = []
  const asked: string[] = []
  const dialogs = createDialogs()
  const ui = {
    dialogs,
    navigation: { go: (place: Place) => { went.push(place) } },
    preferences: { current, change: (patch: Partial<Preferences>) => { current.value = { ...current.value, ...patch } } }
  }
  const allowed = signal(can ? () => {} : null)
  const bob = { user: 'bob' as UserKey, name: 'Bob', nameMark: null, isMe: false, presence: 'online', link: 'direct' }
  const room = openTag === null ? null : { tag: openTag, entry: { invite: allowed }, parties: { create: allowed } }
  const call = { isMuted: signal(false), isCameraOn: signal(false), isSharing: signal(false), isDeafened: signal(false), isHandUp: signal(false), setMuted: () => { asked.push('mute') } }
  const context = {
    ui, room, words: en, language: { code: 'en' },
    client: {
      rooms: signal(rooms), room: () => ({ people: { members: signal([bob]) } }),
      calls: signal(can ? { current: signal(call), settings: signal({ hasKeys: true }) } : null)
    },
    attempt: (work: () => Promise<void>) => { work().catch(() => {}) },
    onMessage: can ? (user: string) => { asked.push(user) } : null, onShowMembers: () => { asked.push('members') }
  } as unknown as CommandContext
  return { dialogs, current, went, asked, commands: commandSources.all().flatMap((source) => source.list(context)) }
}

test('a room is found by any of its words, without accents or capitals', () => {
  const { commands, went } = stage()
  const [found] = findCommands(commands, 'CAFE')
  expect(found?.label).toBe('Café Größe')
  found?.perform()
  expect(went).toEqual([{ page: 'room', tag: rooms[1]?.tag }])
})

test('what begins with the query comes first', () => {
  expect(findCommands(stage().commands, 'create').map((action) => action.label)).toEqual(['Create nothing', 'Create room'])
})

test('what is impossible now is not offered', () => {
  const labels = (commands: ReturnType<typeof stage>['commands']): string[] => findCommands(commands, '').map((action) => action.label)
  expect(labels(stage().commands)).not.toContain('Invite people')
  expect(labels(stage(rooms[0]?.tag ?? null, true).commands)).toContain('Invite people')
  expect(labels(stage().commands)).not.toContain('Theme: As the system')
  for (const label of ['New party room', 'Room settings', 'Show members', 'Message Bob']) {
    expect(labels(stage().commands)).not.toContain(label)
    expect(labels(stage(rooms[0]?.tag ?? null, true).commands)).toContain(label)
  }
})

test('the call that runs comes before other commands', () => {
  const commands = stage(null, true).commands.filter(({ kind }) => kind === 'command').map(({ label }) => label)
  expect(commands[0]).toBe('Mute')
  expect(commands.indexOf('Leave call')).toBeLessThan(commands.indexOf('Create room'))
})

test('somebody is written to by their name', () => {
  const { commands, asked } = stage(null, true)
  findCommands(commands, 'message bob')[0]?.perform()
  expect(asked).toEqual(['bob'])
})

test('signing out from the palette leads to the question, never past it', () => {
  const { commands, dialogs } = stage()
  commands.find(({ id }) => id === 'sign-out')?.perform()
  expect(dialogs.open.value).toEqual({ name: 'settings', subject: { tab: 'account' } })
})

test('Alt-arrows go round the list of rooms', () => {
  expect(neighbour(rooms, rooms[2]?.tag ?? null, 1)).toBe(rooms[0]?.tag)
  expect(neighbour(rooms, rooms[0]?.tag ?? null, -1)).toBe(rooms[2]?.tag)
  expect(neighbour(rooms, null, 1)).toBe(rooms[0]?.tag)
  expect(neighbour([], null, 1)).toBeNull()
})
