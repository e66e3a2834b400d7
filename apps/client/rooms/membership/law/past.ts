/** Sets of positions: what an operation knows. Most are all positions below some number, and few above it. */

/** A set of positions in `LawGraph.ordered`: all below `base`, and those whose bit is set. `base` is a multiple of 32. */
export interface Past { readonly base: number, readonly words: Uint32Array }

export const NOTHING: Past = { base: 0, words: new Uint32Array(0) }

export function isIn (past: Past, position: number): boolean {
  if (position < past.base) return true
  const word = past.words[(position - past.base) >>> 5]
  return word !== undefined && (word >>> (position & 31) & 1) === 1
}

/** All of `pasts` together, and `position` with them. */
export function union (pasts: readonly Past[], position: number | null): Past {
  let base = 0
  let end = position === null ? 0 : (position >>> 5) + 1 << 5
  for (const past of pasts) {
    base = Math.max(base, past.base)
    end = Math.max(end, past.base + past.words.length * 32)
  }
  const words = new Uint32Array(Math.max(0, end - base >>> 5))
  for (const past of pasts) {
    const skipped = base - past.base >>> 5
    for (let i = skipped; i < past.words.length; i++) words[i - skipped] = (words[i - skipped] ?? 0) | (past.words[i] ?? 0)
  }
  if (position !== null) words[position - base >>> 5] = (words[position - base >>> 5] ?? 0) | 1 << (position & 31)
  let full = 0
  while (words[full] === 0xffff_ffff) full++
  return full === 0 ? { base, words } : { base: base + full * 32, words: words.slice(full) }
}
