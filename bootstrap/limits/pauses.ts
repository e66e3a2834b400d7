/** Pauses that double each time they are earned. */

export interface Pauses {
  /** Counts one more reason, and begins a pause. */
  lengthen(key: string): void
  /** Milliseconds until the pause is over; 0 when there is none. */
  waitMs(key: string): number
  /** Forgets a key, because its owner has shown to be right. */
  end(key: string): void
}

export interface PauseOptions {
  firstMs: number
  longestMs: number
  /** Unix ms. */
  now: () => number
  maxKeys?: number
}

/** A key is forgotten when it was quiet for this many times the longest pause. */
const QUIET = 24
/** About 150 bytes each. Above it keys share one pause, so that a flood of keys makes no other forgotten. */
const KEYS_MAX = 20_000
const SHARED = ''

export function createPauses ({ firstMs, longestMs, now, maxKeys = KEYS_MAX }: PauseOptions): Pauses {
  const pauses = new Map<string, { reasons: number, at: number }>()

  const lengthOf = (reasons: number): number => Math.min(longestMs, firstMs * 2 ** (reasons - 1))
  const sweep = (): void => {
    for (const [key, { at }] of pauses) if (now() - at > QUIET * longestMs) pauses.delete(key)
  }
  const placeOf = (key: string): string => {
    if (pauses.has(key) || pauses.size < maxKeys) return key
    sweep()
    return pauses.size < maxKeys ? key : SHARED
  }

  return {
    lengthen (key) {
      const place = placeOf(key)
      pauses.set(place, { reasons: (pauses.get(place)?.reasons ?? 0) + 1, at: now() })
    },
    waitMs (key) {
      const pause = pauses.get(placeOf(key))
      return pause === undefined ? 0 : Math.max(0, pause.at + lengthOf(pause.reasons) - now())
    },
    end: (key) => { pauses.delete(key) }
  }
}
