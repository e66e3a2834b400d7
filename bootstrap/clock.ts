/**
 * The node's clock, and whether it may be believed. A machine that starts with a wrong clock (an empty battery, a restored snapshot, a typing
 * error) must not erase what only looks old, so each reading is compared with the last one that was stored and with the time that has
 * really passed since. It is looked at every few seconds: a jump is told at once, and once.
 *
 * RULE: nothing is erased or rotated until the clock has run without a jump for a day.
 *
 * @example
 * const clock = await createClock(store, { log })
 * if (clock.mayErase()) await expire(mailboxStore, { now: clock.now(), ttlMs })
 */
import type { Logger } from 'pino'
import * as z from 'zod/mini'
import { CLOCK_OFF_MS } from '#shared/limits.ts'
import { inWords } from '#shared/span.ts'
import type { Repositories } from './store/index.ts'
import type { Meta } from './store/meta.ts'

export interface Clock {
  /** Unix ms, as the system says. */
  now: () => number
  /** Unix ms for what is stored and expires by its age: never before a reading that was believed, else it would expire too early. */
  stamp: () => number
  /** False for a day of running time after the clock has jumped. */
  mayErase: () => boolean
  /** Calls `listener` after each jump that is worth telling: what was dated by the clock before it is of another time. Returns stop. */
  onJump: (listener: () => void) => () => void
  /** Stores the reading, so that the next start can compare. Rejects when the database takes nothing. */
  record: () => Promise<void>
  /** Ends the watching. Idempotent. */
  stop: () => void
}

export interface ClockOptions {
  log: Logger
  /** Unix ms. */
  now?: () => number
  /** Ms that have really passed, whatever the clock says. */
  elapsed?: () => number
}

const HOUR_MS = 3_600_000
/** More than any correction of a running clock, less than a wrong time zone or a wrong day. */
const JUMP_MS = HOUR_MS
/** Reading two clocks costs nothing, and each second of a wrong time refuses somebody. */
const WATCH_EVERY_MS = 5000
/** A node that was off for longer waits as well: it cannot tell that from a wrong clock, and a day costs nothing. */
const AWAY_MAX_MS = 24 * HOUR_MS
/** Long enough for somebody to notice and to correct it. */
const WAIT_MS = 24 * HOUR_MS

const storedSchema = z.object({ seen: z.number(), believed: z.number(), waitMs: z.number() })
type Reading = z.infer<typeof storedSchema>

/** Where the reading is kept, and whether the database is in use. */
type ClockStore = Pick<Repositories, 'meta' | 'accounts'>
const KEY = 'clock'

export async function createClock (
  { meta, accounts }: ClockStore, { log, now = Date.now, elapsed = () => performance.now() }: ClockOptions
): Promise<Clock> {
  let { seen, believed, waitMs } = await read(meta) ?? begin(await accounts.hasAny(), now())
  let at = elapsed()

  const listeners = new Set<() => void>()
  /** By how much jumps have moved the clock since the start. */
  let movedMs = 0

  const tell = (aheadMs: number): void => {
    movedMs += aheadMs
    const isBack = Math.abs(movedMs) <= CLOCK_OFF_MS
    const jump = `the clock has jumped ${aheadMs > 0 ? 'ahead' : 'back'} by ${inWords(Math.abs(aheadMs))}`
    const wait = Math.abs(aheadMs) > JUMP_MS ? '; nothing is erased until it has run for a day without a jump' : ''
    log.warn({ jumpMs: aheadMs, movedMs }, isBack
      ? `${jump} and is back where it was${wait}`
      : `${jump}, or the machine has slept: until it is right, devices are refused and told that the clocks differ${wait}; check the clock`)
    if (isBack) movedMs = 0
    for (const listener of listeners) listener()
  }
  const distrust = (aheadMs: number): void => {
    waitMs = WAIT_MS
    log.warn({ aheadHours: Math.round(aheadMs / HOUR_MS) },
      'the clock differs from the time it should be, or the node was off for long: nothing is erased until it has run for a day without a jump; check the clock')
  }
  const observe = (): void => {
    const [time, running] = [now(), elapsed()]
    const aheadMs = (time - seen) - (running - at)
    if (Math.abs(aheadMs) > CLOCK_OFF_MS) tell(aheadMs)
    if (Math.abs(aheadMs) > JUMP_MS) waitMs = WAIT_MS
    else waitMs = Math.max(0, waitMs - (running - at))
    if (waitMs === 0) believed = Math.max(believed, time)
    seen = time
    at = running
  }

  const awayMs = now() - seen
  if (awayMs > AWAY_MAX_MS || awayMs < -JUMP_MS) distrust(awayMs)
  seen = now()
  observe()
  const timer = setInterval(observe, WATCH_EVERY_MS).unref()
  return {
    now,
    stamp: () => Math.max(now(), believed),
    mayErase () {
      observe()
      return waitMs === 0
    },
    onJump (listener) {
      listeners.add(listener)
      return () => { listeners.delete(listener) }
    },
    stop: () => clearInterval(timer),
    async record () {
      observe()
      await meta.put(KEY, JSON.stringify({ seen, believed, waitMs }))
    }
  }
}

async function read (meta: Meta): Promise<Reading | null> {
  const value = await meta.find(KEY)
  try {
    return value === null ? null : storedSchema.parse(JSON.parse(value))
  } catch {
    return null
  }
}

/** Without a reading, a database in use waits; a new one has nothing to lose. */
const begin = (isUsed: boolean, now: number): Reading =>
  ({ seen: now, believed: isUsed ? 0 : now, waitMs: isUsed ? WAIT_MS : 0 })
