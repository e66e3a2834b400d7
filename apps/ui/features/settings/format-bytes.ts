/** "1.2 MB": powers of 1000, one digit behind the point below ten. `units` begins with bytes. */
export function formatBytes (bytes: number, { code, units }: { code: string, units: readonly string[] }): string {
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** power
  return `${new Intl.NumberFormat(code, { maximumFractionDigits: power === 0 || value >= 10 ? 0 : 1 }).format(value)} ${units[power] ?? ''}`
}
