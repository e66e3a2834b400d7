/**
 * What links cost as a room grows. First by the product's own choosing code, one machine per device in virtual time: how many
 * connections are made, by growing, by the last arrival and by reloads. Then with full clients in this process, WebRTC by
 * node-datachannel: how much CPU all of them together use for one more that joins.
 */
import type { DeviceKey } from '#shared/ids.ts'
import { createNeighbourhoodWorld, devicesOf, type NeighbourhoodWorld } from '../client/testing/neighbourhood-world.ts'
import { measureJoins } from './lib/full-clients.ts'
import type { Bench, Result } from './lib/report.ts'

/** A join each second: nobody has to hurry, and the next one comes before all links of the last are made. */
const EVERY_MS = 1000
const SETTLED_MS = 60_000
const RELOADS = 100
/** With links by rank in a ring, which followed each arrival and were never ended. */
const BEFORE = { perMember: { 50: 41, 100: 81, 200: 163, 500: 336 }, byLastArrival: 201, byReloads: 18, cpuPerJoin: { 20: 1040, 40: 5300 } } as const
const PER_MEMBER_GOAL = 24
const LAST_ARRIVAL_GOAL = 12
const CPU_PER_JOIN_GOAL_MS = 500

export const links: Bench = {
  name: 'links',
  summary: 'direct connections made while a room grows to 500, by a late arrival and by reloads; CPU of full clients for each that joins',
  async run () {
    const sizes = [50, 100, 200, 500] as const
    const results = sizes.map((size): Result => {
      const { world } = grow(size)
      const goal = size === 500 ? { goal: PER_MEMBER_GOAL } : {}
      return compared(`links-made-per-member-${size}`, 2 * world.made / size, BEFORE.perMember[size], goal)
    })
    results.push(compared('links-made-by-last-arrival', lastArrival(), BEFORE.byLastArrival, { goal: LAST_ARRIVAL_GOAL }))
    results.push(...reloads())
    for (const { size, cpuMsPerJoin } of await measureJoins([20, 40])) {
      const before = BEFORE.cpuPerJoin[size as 20 | 40]
      results.push(compared(`full-clients-cpu-per-join-${size}`, cpuMsPerJoin, before, { unit: 'ms', goal: CPU_PER_JOIN_GOAL_MS }))
    }
    return results
  }
}

function grow (size: number): { world: NeighbourhoodWorld, devices: DeviceKey[] } {
  const world = createNeighbourhoodWorld({ seed: size })
  const devices = devicesOf(size, size)
  for (const device of devices) {
    world.arrive(device)
    world.pass(EVERY_MS)
  }
  world.pass(SETTLED_MS)
  return { world, devices }
}

function lastArrival (): number {
  const { world } = grow(499)
  const before = world.made
  for (const device of devicesOf(1, 1)) world.arrive(device)
  world.pass(SETTLED_MS)
  return world.made - before
}

/**
 * `links-made-by-100-reloads-at-200`: one member reloads again and again, as soon as the page is back. `…-returns-…`: a hundred
 * members reload once and stay; each needs its six links again, and they are all that is made.
 */
function reloads (): Result[] {
  const { world, devices } = grow(200)
  const again = (device: DeviceKey, staysMs: number): void => {
    world.leave(device)
    world.pass(1000)
    world.arrive(device)
    world.pass(staysMs)
  }
  const perOther = (before: number): number => (world.made - before) / (devices.length - 1)
  const [one] = devices as [DeviceKey]
  let before = world.made
  for (let n = 0; n < RELOADS; n++) again(one, 1000)
  const byReloads = perOther(before)
  world.pass(SETTLED_MS)
  before = world.made
  for (const device of devices.slice(0, RELOADS)) again(device, 10_000)
  world.pass(SETTLED_MS)
  return [
    compared(`links-made-by-${RELOADS}-reloads-at-200`, byReloads, BEFORE.byReloads, { goal: 1 }),
    compared(`links-made-by-${RELOADS}-returns-at-200`, perOther(before), BEFORE.byReloads)
  ]
}

function compared (metric: string, value: number, before: number, { unit = 'links', goal }: { unit?: Result['unit'], goal?: number } = {}): Result {
  const rounded = Number(value.toPrecision(4))
  return {
    metric, unit, value: rounded, ...goal === undefined ? {} : { goal },
    reference: { name: 'before', value: before }, ratio: Number((value / before).toPrecision(4))
  }
}
