/** Whom the spotlight follows: not every cough, and nobody who still speaks. A pure function of who speaks at which moment. */

/** Speech has pauses: whoever is silent for less than this speaks on. */
export const PAUSE_MS = 800
/** So long somebody speaks before they are shown; an "mhm" is shorter. */
export const TAKE_OVER_MS = 700
/** So long they speak before they are shown in place of somebody who speaks too. */
export const INTERRUPT_MS = 3000

export interface Speaker {
  /** Null until somebody has spoken. */
  shown: string | null
  /** Since when somebody speaks, and when they were last heard. */
  turns: ReadonlyMap<string, { from: number, last: number }>
}

export const NOBODY: Speaker = { shown: null, turns: new Map() }

/** @param present those who can be shown. @param at ms of a clock that only goes forward. Answers the same object when nothing changed. */
export function followSpeaker (speaker: Speaker, present: readonly string[], speaking: readonly string[], at: number): Speaker {
  const turns = new Map([...speaker.turns].filter(([key, { last }]) => present.includes(key) && at - last <= PAUSE_MS))
  for (const key of speaking) if (present.includes(key)) turns.set(key, { from: turns.get(key)?.from ?? at, last: at })
  const before = speaker.shown !== null && present.includes(speaker.shown) ? speaker.shown : null
  const needed = before === null ? 0 : turns.has(before) ? INTERRUPT_MS : TAKE_OVER_MS
  const ready = [...turns].filter(([key, { from }]) => key !== before && at - from >= needed)
  // Of several who would do, the one whose turn is newer: the other was passed over already.
  const [next] = ready.sort(([, a], [, b]) => b.from - a.from)[0] ?? [before]
  if (next === speaker.shown && turns.size === 0 && speaker.turns.size === 0) return speaker
  // Both begin anew: whoever was spoken over needs as long to come back.
  if (next !== before && next !== null) for (const [key, turn] of turns) turns.set(key, { ...turn, from: at })
  return { shown: next, turns }
}
