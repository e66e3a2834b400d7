/**
 * Time and chance of a simulated run: timers go off in virtual time, and everything random comes from the seed. Real time is not looked at,
 * so a run of ten minutes takes milliseconds and is the same each time.
 */
import { createRandom } from './random.ts'
import { createSyncCrypto } from './sync-crypto.ts'

export interface Universe {
  /** Unix ms of the simulated moment. */
  now(): number
  /** Lets all that is due happen until `ms` from now. */
  advance(ms: number): Promise<void>
  /** Lets everything come to rest that waits for no timer. */
  settle(): Promise<void>
  /** Gives the process its own clock and crypto back. */
  end(): void
}

interface Timer { id: number, at: number, run: () => void }

const EPOCH_MS = 1_790_000_000_000
/** Timers of a run that go round in circles. */
const STEPS_MAX = 2_000_000

const real = { setTimeout, clearTimeout, setImmediate, now: Date.now, random: Math.random, crypto: globalThis.crypto, timeout: AbortSignal.timeout.bind(AbortSignal) }

/** Takes the place of clock, timers, chance and crypto of this process until `end`. Only one at a time. */
export function beginUniverse (seed: number): Universe {
  const random = createRandom(seed ^ 0x5eed)
  const timers = createQueue()
  let now = EPOCH_MS, ids = 0, steps = 0

  const set = (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): number => {
    const timer = { id: ++ids, at: now + Math.max(1, Math.ceil(ms)), run: () => run(...args) }
    timers.push(timer)
    return timer.id
  }
  const timeout = (ms: number): AbortSignal => {
    const controller = new AbortController()
    set(() => controller.abort(new DOMException('timed out', 'TimeoutError')), ms)
    return controller.signal
  }
  Object.assign(globalThis, { setTimeout: set, clearTimeout: (id: unknown) => timers.cancel(id as number) })
  Date.now = () => now
  Math.random = () => random.next()
  AbortSignal.timeout = timeout
  Object.defineProperty(globalThis, 'crypto', { value: createSyncCrypto(random), configurable: true })

  // Nothing in a run waits for the machine, so one turn of the real event loop comes after every promise.
  const settle = async (): Promise<void> => await new Promise((resolve) => { real.setImmediate(resolve) })

  return {
    now: () => now,
    settle,
    async advance (ms) {
      const until = now + ms
      await settle()
      for (let due = timers.popUntil(until); due.length > 0; due = timers.popUntil(until)) {
        now = due[0]?.at ?? now
        for (const timer of due) if (!timers.isCancelled(timer.id)) timer.run()
        await settle()
        if (++steps > STEPS_MAX) throw new Error('the run does not come to rest')
      }
      now = until
    },
    end () {
      Object.assign(globalThis, { setTimeout: real.setTimeout, clearTimeout: real.clearTimeout })
      Date.now = real.now
      Math.random = real.random
      AbortSignal.timeout = real.timeout
      Object.defineProperty(globalThis, 'crypto', { value: real.crypto, configurable: true })
    }
  }
}

interface Queue {
  push(timer: Timer): void
  cancel(id: number): void
  isCancelled(id: number): boolean
  /** The timers of the earliest moment that is not after `until`. */
  popUntil(until: number): Timer[]
}

function createQueue (): Queue {
  /** By moment; a run has thousands of timers at few moments. */
  const moments = new Map<number, Timer[]>()
  const order: number[] = []
  const cancelled = new Set<number>()
  const insert = (at: number): void => {
    let low = 0, high = order.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((order[middle] ?? 0) > at) low = middle + 1
      else high = middle
    }
    order.splice(low, 0, at)
  }
  return {
    push (timer) {
      const known = moments.get(timer.at)
      if (known !== undefined) known.push(timer)
      else {
        moments.set(timer.at, [timer])
        insert(timer.at)
      }
    },
    cancel: (id) => { cancelled.add(id) },
    isCancelled: (id) => cancelled.has(id),
    popUntil (until) {
      for (let at = order.at(-1); at !== undefined && at <= until; at = order.at(-1)) {
        order.pop()
        const due = (moments.get(at) ?? []).filter(({ id }) => !cancelled.has(id))
        moments.delete(at)
        if (due.length > 0) return due
      }
      return []
    }
  }
}
