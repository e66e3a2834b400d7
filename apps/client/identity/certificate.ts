/** How long the root key's word for a device is good. Judged where a device is let in or verified, never by the law, which has no clock. */
import { CERTIFICATE_CLOCK_MARGIN_MS, CERTIFICATE_MAX_AGE_MS, CERTIFICATE_RENEW_AFTER_MS } from '#shared/limits.ts'

const DAY_MS = 24 * 3_600_000

/** The date a certificate or list bears: the day, so that it doesn't tell when somebody sat down at a device. */
export const dayOf = (now: number): number => Math.floor(now / DAY_MS) * DAY_MS

/** RULE: a certificate lets a device in for 90 days. One that bears no date, or one of the days to come, does not. */
export const isFresh = (issuedAt: number | null, now: number): boolean =>
  issuedAt !== null && issuedAt <= now + CERTIFICATE_CLOCK_MARGIN_MS && now - issuedAt <= CERTIFICATE_MAX_AGE_MS + CERTIFICATE_CLOCK_MARGIN_MS

export const isToRenew = (issuedAt: number | null, now: number): boolean =>
  issuedAt === null || now - issuedAt > CERTIFICATE_RENEW_AFTER_MS || issuedAt > now + CERTIFICATE_CLOCK_MARGIN_MS
