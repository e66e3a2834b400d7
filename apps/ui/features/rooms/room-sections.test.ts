import { expect, test } from 'vitest'
import type { RoomSummary } from '#client'
import type { RoomTag } from '#shared/ids.ts'
import { inListOrder, sectionsOf } from './room-sections.ts'

const room = (name: string, more: Partial<RoomSummary> = {}): RoomSummary => ({ tag: name as RoomTag, name, kind: 'group', parent: null, ...more } as RoomSummary)
const kitchen = room('Kitchen')
const rooms = [room('Sauna', { kind: 'party', parent: kitchen.tag }), room('Bob', { kind: 'direct' }), room('Garden'), kitchen, room('Lost', { kind: 'party', parent: 'gone' as RoomTag })]

test('people stand first, party rooms below their room, and one whose room is not here by itself', () => {
  const sections = sectionsOf(rooms)
  expect(sections.direct.map(({ name }) => name)).toEqual(['Bob'])
  expect(sections.rooms.map(({ room: { name }, parties }) => [name, parties.map((party) => party.name)])).toEqual([
    ['Garden', []], ['Kitchen', ['Sauna']], ['Lost', []]
  ])
})

test('no room is lost or told twice', () => {
  expect(inListOrder(rooms).map(({ name }) => name)).toEqual(['Bob', 'Garden', 'Kitchen', 'Sauna', 'Lost'])
})
