/** Names of minute, hour and day, each for one and for several. */
export type SpanUnits = readonly [minute: SpanUnit, hour: SpanUnit, day: SpanUnit]
type SpanUnit = readonly [one: string, several: string]

export const ENGLISH_UNITS: SpanUnits = [['minute', 'minutes'], ['hour', 'hours'], ['day', 'days']]

/** Returns a length of time in the unit that says most: "3 minutes", "5 hours", "40 days". */
export function inWords (ms: number, [minute, hour, day]: SpanUnits = ENGLISH_UNITS): string {
  const minutes = Math.round(ms / 60_000)
  const [count, [one, several]] = minutes < 90 ? [minutes, minute] : minutes < 48 * 60 ? [Math.round(minutes / 60), hour] : [Math.round(minutes / 1440), day]
  return `${count} ${count === 1 ? one : several}`
}
