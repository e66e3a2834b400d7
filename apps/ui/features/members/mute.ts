/** How long somebody may be muted, and how that is told. */
import type { Language } from '../../i18n/index.ts'

const MINUTE_MS = 60_000
const YEAR_MS = 366 * 24 * 60 * MINUTE_MS
/** Ends by itself when nobody alive waits for it; the wire wants a time. */
export const UNTIL_LIFTED_AT = Date.UTC(9999, 11, 31)

export const MUTE_MS = { tenMinutes: 10 * MINUTE_MS, hour: 60 * MINUTE_MS, day: 24 * 60 * MINUTE_MS }

/** Whether a mute runs now; one whose time is over may still be told until the next change. */
export const isMuted = (until: number | null, now: number): until is number => until !== null && until > now

/** "Muted until 14:05", or until it is lifted. */
export function muteWords (until: number, now: number, { words, moment }: Language): string {
  return until - now > YEAR_MS ? words.people.mutedOpen : words.people.mutedUntil(moment(until, now))
}

/** What the muted person is told where they would write. */
export function ownMuteWords (until: number, now: number, { words, moment }: Language): string {
  return until - now > YEAR_MS ? words.writing.mutedOpen : words.writing.mutedUntil(moment(until, now))
}
