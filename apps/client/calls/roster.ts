/** Who is in the call of a room, as they announce it on its gossip. Pure: `(roster, …) → roster`, the same object when nothing changed. */
import type { DeviceKey } from '#shared/ids.ts'
import type { MediaFlags } from './machine.ts'

/** Two announcements may get lost; then somebody counts as gone. */
export const SILENCE_MS = 20_000

export interface RosterEntry {
  device: DeviceKey
  /** Unix ms by their clock: only to show who was there first. */
  joinedAt: number
  media: MediaFlags
  /** Unix ms by ours. */
  heardAt: number
}

export type Roster = ReadonlyMap<DeviceKey, RosterEntry>

/** `media` is null when they leave. */
export interface Announcement { joinedAt: number, media: MediaFlags | null }

export function hearAnnouncement (roster: Roster, device: DeviceKey, { joinedAt, media }: Announcement, at: number): Roster {
  // What was said before this device of theirs came in again is late, or played again by somebody.
  if (joinedAt < (roster.get(device)?.joinedAt ?? 0)) return roster
  if (media === null) return without(roster, device)
  return new Map(roster).set(device, { device, joinedAt, media, heardAt: at })
}

export function without (roster: Roster, device: DeviceKey): Roster {
  if (!roster.has(device)) return roster
  const next = new Map(roster)
  next.delete(device)
  return next
}

export function dropSilent (roster: Roster, at: number): Roster {
  const left = [...roster.values()].filter(({ heardAt }) => at - heardAt < SILENCE_MS)
  return left.length === roster.size ? roster : new Map(left.map((entry) => [entry.device, entry]))
}
