/** How the list of rooms is divided: conversations of two, rooms, and below each room the party rooms inside it. */
import type { RoomSummary } from '#client'

export interface RoomSections {
  direct: RoomSummary[]
  rooms: { room: RoomSummary, parties: RoomSummary[] }[]
}

/** Keeps the order given (newest activity first). A party room whose parent is not on this device stands by itself. */
export function sectionsOf (rooms: readonly RoomSummary[]): RoomSections {
  const tags = new Set(rooms.map((room) => room.tag))
  const isNested = (room: RoomSummary): boolean => room.kind === 'party' && room.parent !== null && tags.has(room.parent)
  return {
    direct: rooms.filter((room) => room.kind === 'direct'),
    rooms: rooms.filter((room) => room.kind !== 'direct' && !isNested(room))
      .map((room) => ({ room, parties: rooms.filter((other) => isNested(other) && other.parent === room.tag) }))
  }
}

/** The rooms in the order in which they stand in the list. */
export function inListOrder (rooms: readonly RoomSummary[]): RoomSummary[] {
  const { direct, rooms: groups } = sectionsOf(rooms)
  return [...direct, ...groups.flatMap(({ room, parties }) => [room, ...parties])]
}
