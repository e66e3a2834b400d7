import { describe, expect, it } from 'vitest'
import type { DeviceKey } from '#shared/ids.ts'
import { DIRECT_LINKS_PER_ROOM } from '#shared/limits.ts'
import { chooseLinks } from './choose-links.ts'

const people = (count: number): DeviceKey[] => Array.from({ length: count }, (_, n) => ((n * 7919) % 65_537).toString(16).padStart(64, '0') as DeviceKey)

describe('whom a device links directly', () => {
  it('is everybody in a small room', () => {
    const [alice, ...others] = people(DIRECT_LINKS_PER_ROOM + 1) as [DeviceKey, ...DeviceKey[]]
    expect(chooseLinks(alice, others)).toEqual(others)
    expect(chooseLinks(alice, [alice, ...others, ...others])).toEqual(others)
    expect(chooseLinks(alice, [])).toEqual([])
  })

  it.each([10, 50, 500])('is a bounded number in a room of %i, which stays in one piece a few hops across', (count) => {
    const room = people(count)
    const links = new Map(room.map((self) => [self, chooseLinks(self, room)]))
    for (const chosen of links.values()) {
      expect(chosen.length).toBe(DIRECT_LINKS_PER_ROOM)
      expect(new Set(chosen).size).toBe(DIRECT_LINKS_PER_ROOM)
    }
    let reached = new Set(room.slice(0, 1)), hops = 0
    while (reached.size < count && hops < 20) {
      reached = new Set([...reached].flatMap((device) => [device, ...links.get(device) ?? []]))
      hops++
    }
    expect(reached.size).toBe(count)
    expect(hops).toBeLessThanOrEqual(9)
  })
})
