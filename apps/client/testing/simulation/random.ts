/** Random numbers that a seed repeats (sfc32, Chris Doty-Humphrey, PractRand). */
export interface Random {
  /** In [0, 1). */
  next(): number
  /** A whole number in [0, below). */
  below(below: number): number
  chance(probability: number): boolean
  /** Rejects nothing: an empty list is the caller's mistake. */
  pick<T>(list: readonly T[]): T
  bytes(length: number): Uint8Array<ArrayBuffer>
}

export function createRandom (seed: number): Random {
  let a = seed | 0, b = 0x9e3779b9, c = 0x243f6a88, d = 1
  const word = (): number => {
    const sum = (a + b + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + sum) | 0
    return sum >>> 0
  }
  // The first words of neighbouring seeds are alike.
  for (let i = 0; i < 15; i++) word()
  const below = (limit: number): number => Math.floor(word() / 2 ** 32 * limit)
  return {
    next: () => word() / 2 ** 32,
    below,
    chance: (probability) => word() / 2 ** 32 < probability,
    pick (list) {
      const picked = list[below(list.length)]
      if (picked === undefined) throw new Error('nothing to pick from')
      return picked
    },
    bytes (length) {
      const bytes = new Uint8Array(length)
      for (let i = 0; i < length; i++) bytes[i] = word() & 255
      return bytes
    }
  }
}
