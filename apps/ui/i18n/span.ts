/** A length of time in the unit that says most: "3 minutes", "5 hours", "40 days". */
const span = (ms: number, [minute, hour, day]: readonly (readonly [one: string, many: string])[]): string => {
  const minutes = Math.round(ms / 60_000)
  const [count, unit] = minutes < 90 ? [minutes, minute] : minutes < 48 * 60 ? [Math.round(minutes / 60), hour] : [Math.round(minutes / 1440), day]
  return `${count} ${unit?.[count === 1 ? 0 : 1] ?? ''}`
}

export const spanEn = (ms: number): string => span(ms, [['minute', 'minutes'], ['hour', 'hours'], ['day', 'days']])
/** Behind "um", which takes the accusative. */
export const spanDe = (ms: number): string => span(ms, [['Minute', 'Minuten'], ['Stunde', 'Stunden'], ['Tag', 'Tage']])
