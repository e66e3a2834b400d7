import type { DeviceKey } from '#shared/ids.ts'
import { DIRECT_LINKS_PER_ROOM } from '#shared/limits.ts'

/**
 * Whom this device links directly: everybody in a small room. In a large one the members stand in a ring in the order of their keys, and
 * each links to those 1, 2, 4… places further: whatever its size the room stays in one piece, a few hops across, and both ends of a link
 * need not agree on it.
 */
export function chooseLinks (self: DeviceKey, others: readonly DeviceKey[], max = DIRECT_LINKS_PER_ROOM): DeviceKey[] {
  const unique = [...new Set(others)].filter((device) => device !== self)
  if (unique.length <= max) return unique
  const ring = [...unique, self].sort()
  const at = ring.indexOf(self)
  const chosen = new Set<DeviceKey>()
  for (let step = 1; chosen.size < max && step < ring.length; step *= 2) add(step)
  for (let step = 1; chosen.size < max; step++) add(step)
  return [...chosen]

  function add (step: number): void {
    const device = ring[(at + step) % ring.length]
    if (device !== undefined && device !== self) chosen.add(device)
  }
}
