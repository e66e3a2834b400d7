/** Random choices that follow from one number, for pure machines. */
export interface Dice {
  /** 0 to 1, without 1. */
  roll(): number
  /** A whole number from 0, without `end`. */
  below(end: number): number
  /** A copy in another order. */
  shuffle<T>(items: readonly T[]): T[]
}

/** Mulberry32: choices need no secrecy, only evenness. */
export function createDice (seed: number): Dice {
  let state = Math.floor(seed * 2 ** 32) >>> 0
  const roll = (): number => {
    state = (state + 0x6D2B79F5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (end: number): number => Math.floor(roll() * end)
  return {
    roll,
    below,
    shuffle: (items) => items.map((item) => ({ item, order: roll() })).sort((a, b) => a.order - b.order).map(({ item }) => item)
  }
}
