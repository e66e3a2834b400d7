/**
 * Simulates a room of any size in virtual time. Each device chooses its links by the product's own rules; links are counted,
 * nothing is connected. A rendezvous tells of arrivals, a direct link takes a moment, and both ends learn when one is gone.
 *
 * @example
 *   const world = createNeighbourhoodWorld({ seed: 1 })
 *   for (const device of devicesOf(500)) { world.arrive(device); world.pass(1000) }
 *   world.made   // links made so far
 */
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import { createDice } from '../mesh/dice.ts'
import {
  NEIGHBOURHOOD_INITIAL, neighbourhood, type Neighbourhood, type NeighbourhoodEffect, type NeighbourhoodEvent
} from '../mesh/neighbourhood.ts'

export interface NeighbourhoodWorld {
  /** Links made so far, both ends counted as one. */
  readonly made: number
  /** Of `device`, made from either end. */
  madeBy(device: DeviceKey): number
  /** Of those, the ones that `device` dialled. */
  dialledBy(device: DeviceKey): number
  arrive(device: DeviceKey): void
  leave(device: DeviceKey): void
  /** Lets virtual time pass. */
  pass(ms: number): void
  /** Devices that `device` has a link with now. */
  linksOf(device: DeviceKey): DeviceKey[]
  present(): DeviceKey[]
  /** The largest part of the room whose members reach each other over links, when some are gone. */
  largestPart(gone?: ReadonlySet<DeviceKey>): Set<DeviceKey>
}

const TAG = '00112233445566778899aabbccddeeff' as RoomTag
const TOLD_MS = 20
const DIAL_MS = 300
const ASK_MS = 50

type Bare<Event> = Event extends unknown ? Omit<Event, 'now' | 'random'> : never

interface Simulated { state: Neighbourhood, links: Set<DeviceKey>, dialling: Set<DeviceKey>, wakeAt: number }

export function createNeighbourhoodWorld ({ seed }: { seed: number }): NeighbourhoodWorld {
  const dice = createDice(seed / 2 ** 32)
  const devices = new Map<DeviceKey, Simulated>()
  const counts = new Map<DeviceKey, { made: number, dialled: number }>()
  const queue = createQueue()
  let now = 0
  let made = 0

  const countOf = (device: DeviceKey): { made: number, dialled: number } => {
    const count = counts.get(device) ?? { made: 0, dialled: 0 }
    counts.set(device, count)
    return count
  }
  const later = (ms: number, job: () => void): void => queue.add(now + ms, job)
  const send = (device: DeviceKey, event: Bare<NeighbourhoodEvent>): void => {
    const self = devices.get(device)
    if (self === undefined) return
    const [state, effects] = neighbourhood(self.state, { ...event, now, random: dice.roll() })
    self.state = state
    for (const effect of effects) perform(device, effect)
  }

  const connect = (from: DeviceKey, to: DeviceKey): void => {
    const [self, other] = [devices.get(from), devices.get(to)]
    self?.dialling.delete(to)
    if (!self?.state.wanted.has(to)) return
    if (other === undefined) {
      send(from, { type: 'failed', device: to })
      return
    }
    if (self.links.has(to)) return
    made++
    countOf(from).dialled++
    for (const [one, another] of [[from, to], [to, from]] as const) {
      countOf(one).made++
      devices.get(one)?.links.add(another)
    }
    send(from, { type: 'linked', device: to, rooms: [TAG] })
    send(to, { type: 'linked', device: from, rooms: [TAG] })
  }
  const disconnect = (one: DeviceKey, other: DeviceKey): void => {
    for (const [from, to] of [[one, other], [other, one]] as const) {
      if (devices.get(from)?.links.delete(to) === true) send(from, { type: 'lost', device: to })
    }
  }

  const perform = (device: DeviceKey, effect: NeighbourhoodEffect): void => {
    const self = devices.get(device)
    if (self === undefined) return
    switch (effect.type) {
      case 'want':
        for (const [other, mode] of effect.devices) {
          if (self.links.has(other) || self.dialling.has(other)) continue
          self.dialling.add(other)
          // As `dialing.ts` does: of two that look for each other one begins.
          later(mode === 'self' || device < other ? DIAL_MS : DIAL_MS + 2500, () => connect(device, other))
        }
        break
      case 'ask': later(ASK_MS, () => {
        if (!devices.has(effect.device)) return
        send(effect.device, { type: 'asked', device, isBusy: false })
      }); break
      case 'answer':
        later(ASK_MS, () => send(effect.device, { type: 'answered', device, agrees: effect.agrees }))
        break
      case 'close': disconnect(device, effect.device); break
      case 'turn-away':
        send(effect.device, { type: 'ended', device })
        disconnect(device, effect.device)
        break
      case 'sample': later(TOLD_MS, () => tellRoom(device)); break
      case 'wake':
        if (self.wakeAt > now && self.wakeAt <= effect.at) break
        self.wakeAt = effect.at
        queue.add(effect.at, () => {
          if (self.wakeAt !== effect.at || devices.get(device) !== self) return
          self.wakeAt = Infinity
          send(device, { type: 'timer' })
        })
    }
  }
  const tellRoom = (device: DeviceKey): void => {
    const sample = [...devices.keys()].filter((other) => other !== device)
    send(device, { type: 'room', room: TAG, others: sample.length, sample })
  }
  const remove = (device: DeviceKey): void => {
    const gone = devices.get(device)
    devices.delete(device)
    for (const other of gone?.links ?? []) {
      devices.get(other)?.links.delete(device)
      send(other, { type: 'lost', device })
    }
  }

  return {
    get made () { return made },
    madeBy: (device) => countOf(device).made,
    dialledBy: (device) => countOf(device).dialled,
    arrive (device) {
      devices.set(device, { state: NEIGHBOURHOOD_INITIAL, links: new Set(), dialling: new Set(), wakeAt: Infinity })
      tellRoom(device)
      for (const other of devices.keys()) if (other !== device) send(other, { type: 'arrived', room: TAG, device })
    },
    leave (device) {
      remove(device)
      for (const other of devices.keys()) send(other, { type: 'left', room: TAG, device })
    },
    pass (ms) {
      const until = now + ms
      for (let job = queue.next(until); job !== null; job = queue.next(until)) {
        now = job.at
        job.run()
      }
      now = until
    },
    linksOf: (device) => [...devices.get(device)?.links ?? []],
    present: () => [...devices.keys()],
    largestPart (gone = new Set()) {
      const left = new Set([...devices.keys()].filter((device) => !gone.has(device)))
      let largest = new Set<DeviceKey>()
      for (const start of left) {
        const part = new Set([start])
        for (const device of part) {
          for (const other of devices.get(device)?.links ?? []) if (!gone.has(other)) part.add(other)
        }
        for (const device of part) left.delete(device)
        if (part.size > largest.size) largest = part
      }
      return largest
    }
  }
}

export function devicesOf (count: number, seed = 7): DeviceKey[] {
  const dice = createDice(seed / 2 ** 32)
  const word = (): string => dice.below(2 ** 32).toString(16).padStart(8, '0')
  return Array.from({ length: count }, () => Array.from({ length: 8 }, word).join('') as DeviceKey)
}

interface Job { at: number, run: () => void }

/** What is due first, and of the same moment what was asked for first. */
function createQueue (): { add(at: number, run: () => void): void, next(until: number): Job | null } {
  const heap: (Job & { nth: number })[] = []
  let count = 0
  const isBefore = (a: number, b: number): boolean => (heap[a]!.at - heap[b]!.at || heap[a]!.nth - heap[b]!.nth) < 0
  const swap = (a: number, b: number): void => { [heap[a], heap[b]] = [heap[b]!, heap[a]!] }
  return {
    add (at, run) {
      heap.push({ at, run, nth: count++ })
      for (let child = heap.length - 1; child > 0;) {
        const parent = (child - 1) >> 1
        if (!isBefore(child, parent)) break
        swap(child, parent)
        child = parent
      }
    },
    next (until) {
      const first = heap[0]
      if (first === undefined || first.at > until) return null
      swap(0, heap.length - 1)
      heap.pop()
      for (let parent = 0; ;) {
        let least = parent
        for (const child of [2 * parent + 1, 2 * parent + 2]) {
          if (child < heap.length && isBefore(child, least)) least = child
        }
        if (least === parent) break
        swap(parent, least)
        parent = least
      }
      return first
    }
  }
}
