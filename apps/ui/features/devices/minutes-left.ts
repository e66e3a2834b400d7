/** "9:05" until a Unix time in ms; "0:00" from then on. */
export function minutesLeft (until: number, now: number): string {
  const seconds = Math.max(0, Math.ceil((until - now) / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
