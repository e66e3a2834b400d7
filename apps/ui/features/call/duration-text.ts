/** "1:02:03", without hours that there are not: "2:03". */
export function durationText (ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const shown = parts[0] === 0 ? parts.slice(1) : parts
  return shown.map((part, nth) => nth === 0 ? String(part) : String(part).padStart(2, '0')).join(':')
}
