import type { RoomSummary } from '#client'
import type { RoomTag } from '#shared/ids.ts'
import type { Command } from '../../registries/commands.ts'

/** Enabled commands whose label holds all words of the query; those that begin with it first. */
export function findCommands (commands: readonly Command[], query: string): Command[] {
  const parts = fold(query).split(/\s+/).filter(Boolean)
  const found = commands.filter((command) => command.isEnabled && parts.every((part) => fold(command.label).includes(part)))
  const starts = (command: Command): number => Number(fold(command.label).startsWith(parts[0] ?? ''))
  return found.sort((a, b) => starts(b) - starts(a))
}

/** The room above or below the open one in the list; the first or last when none is open. */
export function neighbour (rooms: readonly RoomSummary[], openTag: RoomTag | null, step: 1 | -1): RoomTag | null {
  const at = rooms.findIndex((room) => room.tag === openTag)
  if (at === -1) return rooms.at(step === 1 ? 0 : -1)?.tag ?? null
  return rooms[(at + step + rooms.length) % rooms.length]?.tag ?? null
}

const fold = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim()
