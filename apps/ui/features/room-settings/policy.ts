/** Pure words and choices of a room's policy. */
import type { RoomPolicy } from '#client'
import type { Messages } from '../../i18n/index.ts'

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

const SLOW_MODES_MS = [0, 5 * SECOND_MS, 30 * SECOND_MS, 5 * MINUTE_MS, HOUR_MS]
/** Fewer than this would erase a conversation while it goes on. */
export const KEPT_MIN = 10
export const KEPT_DEFAULT = 1000

export type Erase = 'never' | 'week' | 'month' | 'count' | 'other'

export const WEEK_MS = 7 * DAY_MS
export const MONTH_MS = 30 * DAY_MS

/** "Off", "30 seconds", "1 hour". */
export function slowWords (ms: number, words: Messages['roomSettings']): string {
  if (ms === 0) return words.slowOff
  if (ms < MINUTE_MS) return words.slowSeconds(Math.round(ms / SECOND_MS))
  return ms < HOUR_MS ? words.slowMinutes(Math.round(ms / MINUTE_MS)) : words.slowHours(Math.round(ms / HOUR_MS))
}

/** The usual choices, and the one that holds now if it is another. */
export const slowModes = (now: number): number[] => SLOW_MODES_MS.includes(now) ? SLOW_MODES_MS : [...SLOW_MODES_MS, now].sort((a, b) => a - b)

/** Which of the choices a policy is; `other` for a time that is none of them. */
export function eraseOf ({ retentionMs, retentionCount }: Pick<RoomPolicy, 'retentionMs' | 'retentionCount'>): Erase {
  if (retentionMs === null) return retentionCount === null ? 'never' : 'count'
  return retentionMs === WEEK_MS ? 'week' : retentionMs === MONTH_MS ? 'month' : 'other'
}

export const daysOf = (ms: number): number => Math.max(1, Math.round(ms / DAY_MS))

/** A whole number of messages from what was typed, null when it is none that may stay. */
export function parseKept (text: string): number | null {
  const count = Number(text.trim())
  return Number.isSafeInteger(count) && count >= KEPT_MIN ? count : null
}

/** Whether somebody loses messages by the change: it asks first. */
export function erasesMore (before: Pick<RoomPolicy, 'retentionMs' | 'retentionCount'>, after: Pick<RoomPolicy, 'retentionMs' | 'retentionCount'>): boolean {
  const isLess = (a: number | null, b: number | null): boolean => b !== null && (a === null || b < a)
  return isLess(before.retentionMs, after.retentionMs) || isLess(before.retentionCount, after.retentionCount)
}
