/** The last moment of the year 9999: what a date says by four digits. `Date` and `Intl` throw beyond 8.64e15. */
export const TIME_MAX_MS = Date.UTC(10_000, 0) - 1

/** Unix ms that can be shown, of what somebody else wrote: nothing before 1970, nothing after 9999. */
export const showableTime = (at: number): number => Number.isNaN(at) ? 0 : Math.max(0, Math.min(at, TIME_MAX_MS))
