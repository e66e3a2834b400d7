/** How long somebody may be muted, and how that is told. */
import type { Language } from '../../i18n/index.ts'

const MINUTE_MS = 60_000
const YEAR_MS = 366 * 24 * 60 * MINUTE_MS
/** No device lifts it while anybody waits for that; the wire wants a time. */
export const UNTIL_LIFTED_AT = Date.UTC(9999, 11, 31)

export const MUTE_MS = { tenMinutes: 10 * MINUTE_MS, hour: 60 * MINUTE_MS, day: 24 * 60 * MINUTE_MS }

/** "Muted until 14:05", or until it is lifted; null for who is not muted. A mute whose time is over lasts until a moderator's device lifts it. */
export function muteWords (until: number | null, now: number, { words, moment }: Language): string | null {
  if (until === null) return null
  if (until <= now) return words.people.mutedOver
  return until - now > YEAR_MS ? words.people.mutedOpen : words.people.mutedUntil(moment(until, now))
}

/** What the muted person is told where they would write; null for who is not muted. */
export function ownMuteWords (until: number | null, now: number, { words, moment }: Language): string | null {
  if (until === null) return null
  if (until <= now) return words.writing.mutedOver
  return until - now > YEAR_MS ? words.writing.mutedOpen : words.writing.mutedUntil(moment(until, now))
}
