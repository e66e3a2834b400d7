/**
 * Operations as a graph by their heads. Each operation knows its whole past as a set of positions, so that "did the author know of this?"
 * is one look-up: 10,000 operations on one line take next to nothing, and as many hostile branches 12 MB for as long as they are resolved.
 */
import type { EnvelopeId } from '#shared/ids.ts'
import type { Operation } from './operations.ts'

/** A set of positions in `Graph.ordered`: all below `base`, and those whose bit is set. `base` is a multiple of 32. */
export interface Past { readonly base: number, readonly words: Uint32Array }

export interface Graph {
  /** Complete operations (all of their past is known) by (lamport, id): each stands after its past. */
  readonly ordered: readonly Operation[]
  positionOf(id: EnvelopeId): number | undefined
  /** What the author of the operation at `position` knew, and the operation itself. */
  pastOf(position: number): Past
  /** What somebody knows who names these as the newest; unknown ones are left out. */
  pastOfHeads(heads: readonly EnvelopeId[]): Past
}

export const NOTHING: Past = { base: 0, words: new Uint32Array(0) }

export function isIn (past: Past, position: number): boolean {
  if (position < past.base) return true
  const word = past.words[(position - past.base) >>> 5]
  return word !== undefined && (word >>> (position & 31) & 1) === 1
}

export function createGraph (operations: readonly Operation[]): Graph {
  const ordered: Operation[] = []
  const positions = new Map<EnvelopeId, number>()
  const pasts: Past[] = []
  // A lamport clock grows along the past, so one pass in its order sees every past first; what lacks some of its past waits.
  for (const operation of [...operations].sort(compareOperations)) {
    if (positions.has(operation.id)) continue
    const heads = operation.heads.map((head) => positions.get(head) ?? -1)
    if (heads.some((head) => (ordered[head]?.lamport ?? Infinity) >= operation.lamport)) continue
    const position = ordered.length
    positions.set(operation.id, position)
    ordered.push(operation)
    pasts.push(union(heads.map((head) => pasts[head] ?? NOTHING), position))
  }
  const pastOf = (position: number): Past => pasts[position] ?? NOTHING
  return {
    ordered,
    positionOf: (id) => positions.get(id),
    pastOf,
    pastOfHeads (heads) {
      const known = heads.flatMap((head) => positions.get(head) ?? [])
      return known.length === 1 ? pastOf(known[0] ?? 0) : union(known.map(pastOf), null)
    }
  }
}

export const compareOperations = (a: Operation, b: Operation): number => a.lamport - b.lamport || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

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
