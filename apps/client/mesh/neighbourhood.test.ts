import { describe, expect, it } from 'vitest'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import { createNeighbourhoodWorld, devicesOf, type NeighbourhoodWorld } from '../testing/neighbourhood-world.ts'
import { createDice } from './dice.ts'
import {
  NEIGHBOURHOOD, NEIGHBOURHOOD_INITIAL, neighbourhood, type NeighbourhoodEffect, type NeighbourhoodEvent
} from './neighbourhood.ts'

const { smallRoom, links, linksMax, budget, graceMs, refusedMs, retryDelaysMs } = NEIGHBOURHOOD
const SETTLED_MS = 60_000
const KITCHEN = '00'.repeat(16) as RoomTag
const roomNo = (n: number): RoomTag => n.toString(16).padStart(32, '0') as RoomTag

function grow (count: number, { everyMs = 500, seed = 1 } = {}): { world: NeighbourhoodWorld, devices: DeviceKey[] } {
  const world = createNeighbourhoodWorld({ seed })
  const devices = devicesOf(count, seed)
  for (const device of devices) {
    world.arrive(device)
    world.pass(everyMs)
  }
  world.pass(SETTLED_MS)
  return { world, devices }
}

type Bare<Event> = Event extends unknown ? Omit<Event, 'now' | 'random'> : never

/** One device, and what it was told to do by the event before. */
function createOne () {
  const dice = createDice(0.5)
  let now = 1_000_000
  const one = {
    state: NEIGHBOURHOOD_INITIAL,
    effects: [] as NeighbourhoodEffect[],
    pass (ms: number) { now += ms },
    hear (event: Bare<NeighbourhoodEvent>): NeighbourhoodEffect[] {
      [one.state, one.effects] = neighbourhood(one.state, { ...event, now, random: dice.roll() })
      return one.effects
    },
    /** Links to the first `count` members of a room of `others`, one a second. */
    link (room: RoomTag, others: readonly DeviceKey[], count: number) {
      one.hear({ type: 'room', room, others: others.length, sample: others })
      for (const device of others.slice(0, count)) {
        one.hear({ type: 'linked', device, rooms: [room] })
        one.pass(1000)
      }
    },
    asked: (): DeviceKey[] => one.effects.flatMap((effect) => effect.type === 'ask' ? [effect.device] : []),
    toldOf: (type: NeighbourhoodEffect['type']): boolean => one.effects.some((effect) => effect.type === type)
  }
  return one
}

describe('in a small room', () => {
  it('everybody is linked with everybody, up to eight devices', () => {
    const { world, devices } = grow(smallRoom)
    for (const device of devices) expect(world.linksOf(device)).toHaveLength(smallRoom - 1)
    expect(world.made).toBe(smallRoom * (smallRoom - 1) / 2)
  })

  it('everybody is wanted at once, and of two one begins', () => {
    const one = createOne()
    const others = devicesOf(smallRoom - 1)
    one.hear({ type: 'room', room: KITCHEN, others: others.length, sample: others })
    expect([...one.state.wanted]).toEqual(others.map((device) => [device, 'both']))
  })

  it('a link is never spare, whoever asks', () => {
    const one = createOne()
    const others = devicesOf(smallRoom - 1)
    one.link(KITCHEN, others, others.length)
    const [device] = others as [DeviceKey]
    expect(one.hear({ type: 'asked', device, isBusy: false })).toContainEqual({ type: 'answer', device, agrees: false })
  })

  it('the ninth device ends no link and makes six at most, and when one leaves again the rest is completed', () => {
    const { world, devices } = grow(smallRoom)
    const [ninth] = devicesOf(1, 99)
    world.arrive(ninth!)
    world.pass(SETTLED_MS)
    expect(world.linksOf(ninth!)).toHaveLength(links)
    const missing = devices.slice(1).filter((device) => !world.linksOf(ninth!).includes(device))
    const before = world.made
    world.leave(devices[0]!)
    world.pass(SETTLED_MS)
    for (const device of world.present()) expect(world.linksOf(device)).toHaveLength(smallRoom - 1)
    expect(world.made - before).toBe(missing.length)
  })
})

describe('in a large room', () => {
  it.each([30, 200])('of %i everybody has six to eight links, and all reach each other over them', (count) => {
    const { world, devices } = grow(count)
    for (const device of devices) {
      expect(world.linksOf(device).length).toBeGreaterThanOrEqual(links)
      expect(world.linksOf(device).length).toBeLessThanOrEqual(linksMax)
    }
    expect(world.largestPart().size).toBe(count)
  })

  it('an arrival makes six links, and none among the others', () => {
    const { world, devices } = grow(200)
    const before = world.made
    const dialled = devices.map((device) => world.dialledBy(device))
    const [late] = devicesOf(1, 99)
    world.arrive(late!)
    world.pass(SETTLED_MS)
    expect(world.made - before).toBe(links)
    expect(devices.map((device) => world.dialledBy(device))).toEqual(dialled)
  })

  it('two hundred who come within a second all get their links, and nobody keeps more than eight', () => {
    const { world, devices } = grow(200, { everyMs: 5 })
    world.pass(5 * SETTLED_MS)
    for (const device of devices) {
      expect(world.linksOf(device).length).toBeGreaterThanOrEqual(links)
      expect(world.linksOf(device).length).toBeLessThanOrEqual(linksMax)
    }
    expect(world.largestPart().size).toBe(devices.length)
    expect(2 * world.made / devices.length).toBeLessThan(24)
  })

  it('who reloads a page again and again costs the others one link each time', () => {
    const { world, devices } = grow(100)
    const before = world.made
    for (let times = 0; times < 50; times++) {
      world.leave(devices[7]!)
      world.pass(500)
      world.arrive(devices[7]!)
      world.pass(500)
    }
    expect(world.made - before).toBeLessThan(50 + 2 * linksMax)
  })

  it('a fifth that leaves at once is replaced, by those who lost a link and nobody else', () => {
    const { world, devices } = grow(200)
    const gone = new Set(devices.filter((_, nth) => nth % 5 === 0))
    const stays = devices.filter((device) => !gone.has(device))
    const whole = stays.filter((device) => world.linksOf(device).filter((other) => !gone.has(other)).length >= links)
    const dialled = whole.map((device) => world.dialledBy(device))
    for (const device of gone) world.leave(device)
    world.pass(SETTLED_MS)
    for (const device of stays) expect(world.linksOf(device).length).toBeGreaterThanOrEqual(links)
    expect(whole.map((device) => world.dialledBy(device))).toEqual(dialled)
  })

  it('of a thousand that loses a fifth and the node at once, more than 999 in 1,000 still reach each other', () => {
    const { world, devices } = grow(1000, { everyMs: 100 })
    const dice = createDice(0.3)
    const rounds = 100
    let cutOff = 0, wholeRounds = 0
    for (let round = 0; round < rounds; round++) {
      const part = world.largestPart(new Set(dice.shuffle(devices).slice(0, 200)))
      cutOff += 800 - part.size
      if (part.size === 800) wholeRounds++
    }
    expect(cutOff / (800 * rounds)).toBeLessThan(0.001)
    expect(wholeRounds / rounds).toBeGreaterThan(0.9)
  }, 60_000)
})

describe('a surplus link', () => {
  const others = devicesOf(40)

  it('is asked about after a grace, not before', () => {
    const one = createOne()
    one.link(KITCHEN, others, linksMax + 1)
    expect(one.hear({ type: 'timer' }).filter(({ type }) => type === 'ask')).toEqual([])
    one.pass(graceMs)
    one.hear({ type: 'timer' })
    expect(one.asked()).toHaveLength(1)
  })

  it('ends when the other end agrees, and stays when it does not', () => {
    const one = createOne()
    one.link(KITCHEN, others, linksMax + 1)
    one.pass(graceMs)
    one.hear({ type: 'timer' })
    const [first] = one.asked()
    one.hear({ type: 'answered', device: first!, agrees: false })
    expect(one.toldOf('close')).toBe(false)
    const [second] = one.asked()
    expect(second).not.toBe(first)
    one.hear({ type: 'answered', device: second!, agrees: true })
    expect(one.effects).toContainEqual({ type: 'close', device: second! })
    expect(one.state.links.get(first!)?.endingSince).toBeNull()
  })

  it('is given up by a device that has more than it needs, once for each it can spare, and not while in use', () => {
    const one = createOne()
    one.link(KITCHEN, others, links + 1)
    const agrees = (device: DeviceKey, isBusy = false): boolean =>
      one.hear({ type: 'asked', device, isBusy }).some((effect) => effect.type === 'answer' && effect.agrees)
    expect(agrees(others[0]!, true)).toBe(false)
    expect(agrees(others[0]!)).toBe(true)
    expect(agrees(others[1]!)).toBe(false)
  })

  it('of which all others have need makes the newest give way', () => {
    const one = createOne()
    one.link(KITCHEN, others, linksMax + 1)
    one.pass(graceMs)
    one.hear({ type: 'timer' })
    for (let [device] = one.asked(); device !== undefined; [device] = one.asked()) {
      one.hear({ type: 'answered', device, agrees: false })
    }
    expect(one.effects).toContainEqual({ type: 'turn-away', device: others[linksMax]! })
  })

  it('counts again when the other end has agreed and then nothing came of it', () => {
    const one = createOne()
    one.link(KITCHEN, others, links + 1)
    one.hear({ type: 'asked', device: others[0]!, isBusy: false })
    one.pass(NEIGHBOURHOOD.endingMs)
    one.hear({ type: 'timer' })
    expect(one.state.links.get(others[0]!)?.endingSince).toBeNull()
  })

  it('with somebody of no common room is ended as well', () => {
    const one = createOne()
    one.hear({ type: 'linked', device: others[0]!, rooms: [] })
    one.pass(graceMs)
    one.hear({ type: 'timer' })
    expect(one.asked()).toEqual([others[0]])
  })
})

describe('over all rooms', () => {
  it('a link that several rooms share counts once, and for each of them', () => {
    const one = createOne()
    const others = devicesOf(40)
    for (const room of [roomNo(1), roomNo(2)]) one.hear({ type: 'room', room, others: 40, sample: others })
    for (const device of others.slice(0, links)) one.hear({ type: 'linked', device, rooms: [roomNo(1), roomNo(2)] })
    expect(one.state.dials.size).toBe(0)
    expect(one.state.wanted.size).toBe(links)
  })

  it('no more than 32 are wanted, those of rooms of two before all others', () => {
    const one = createOne()
    const crowds = Array.from({ length: 8 }, (_, n) => devicesOf(7, 100 + n))
    crowds.forEach((others, n) => one.hear({ type: 'room', room: roomNo(n), others: others.length, sample: others }))
    const friends = devicesOf(10, 200)
    friends.forEach((device, n) => one.hear({ type: 'room', room: roomNo(50 + n), others: 1, sample: [device] }))
    expect(one.state.wanted.size).toBe(budget)
    for (const device of friends) expect(one.state.wanted.has(device)).toBe(true)
    for (const others of crowds) {
      expect(others.filter((device) => one.state.wanted.has(device)).length).toBeGreaterThanOrEqual(2)
    }
  })

  it('a link beyond the 32 is turned away, the newest first', () => {
    const one = createOne()
    const friends = devicesOf(budget, 300)
    friends.forEach((device, n) => one.hear({ type: 'room', room: roomNo(n), others: 1, sample: [device] }))
    friends.forEach((device, n) => one.hear({ type: 'linked', device, rooms: [roomNo(n)] }))
    const crowd = devicesOf(20, 400)
    one.hear({ type: 'room', room: KITCHEN, others: crowd.length, sample: crowd })
    expect(one.state.dials.size).toBe(0)
    one.pass(1000)
    one.hear({ type: 'linked', device: crowd[0]!, rooms: [KITCHEN] })
    expect(one.effects).toContainEqual({ type: 'turn-away', device: crowd[0]! })
  })
})

describe('where no direct link can be made', () => {
  it('other members are tried, ever more rarely', () => {
    const one = createOne()
    const others = devicesOf(200)
    one.hear({ type: 'room', room: KITCHEN, others: others.length, sample: others })
    let attempts = 0
    for (let second = 0; second < 3600; second++) {
      one.pass(1000)
      one.hear({ type: 'timer' })
      for (const device of [...one.state.dials]) {
        attempts++
        one.hear({ type: 'failed', device })
      }
    }
    expect(attempts).toBeGreaterThan(3600_000 / retryDelaysMs.at(-1)!)
    expect(attempts).toBeLessThan(100)
  })

  it('who said that there is no room is left alone for a minute', () => {
    const one = createOne()
    const others = devicesOf(9)
    one.link(KITCHEN, others, 0)
    const [first] = [...one.state.dials]
    one.hear({ type: 'linked', device: first!, rooms: [KITCHEN] })
    one.hear({ type: 'ended', device: first! })
    one.hear({ type: 'lost', device: first! })
    expect(one.state.avoided.get(first!)).toBeGreaterThan(1_000_000 + refusedMs - 1)
    for (let tries = 0; tries < 8; tries++) {
      one.pass(3000)
      one.hear({ type: 'timer' })
    }
    expect(one.state.dials.has(first!)).toBe(false)
    expect(one.state.dials.size).toBe(links)
  })
})
