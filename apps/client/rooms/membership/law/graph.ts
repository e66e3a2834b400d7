/**
 * Operations as a graph by what they name. The clock is computed and never believed: `depth` is one more than that of the deepest operation
 * an operation names. Positions are the order by (depth, id), so that everything stands after its past; "later" means a higher position.
 */
import type { EnvelopeId } from '#shared/ids.ts'
import { isIn, NOTHING, union, type Past } from './past.ts'
import type { LawOperation } from './operation.ts'

export { isIn, union, type Past } from './past.ts'

/** Which positions are looked at: those in a past, or others by a rule of their own. */
export type Scope = (at: number) => boolean
export const inPast = (past: Past): Scope => (at) => isIn(past, at)

export interface LawGraph {
  /** Operations of which the whole past is known; the others wait. */
  readonly ordered: readonly LawOperation[]
  positionOf(id: EnvelopeId): number | undefined
  /** What the author knew, without the operation itself. */
  before(position: number): Past
  /** With the operation itself. */
  pastOf(position: number): Past
  /** Whether the operation at `position` is in the past of the one at `later`, or is that one. */
  knows(later: number, position: number): boolean
  areConcurrent(a: number, b: number): boolean
}

export function createLawGraph (operations: Iterable<LawOperation>): LawGraph {
  const ordered = inOrder(operations)
  const positions = new Map(ordered.map(({ id }, at) => [id, at]))
  const before: Past[] = []
  const pasts: Past[] = []
  ordered.forEach((operation, at) => {
    const known = operation.heads.map((id) => pasts[positions.get(id) ?? -1] ?? NOTHING)
    before.push(known.length === 1 ? known[0] ?? NOTHING : union(known, null))
    pasts.push(union(known, at))
  })
  const pastOf = (at: number): Past => pasts[at] ?? NOTHING
  const knows = (later: number, at: number): boolean => at <= later && isIn(pastOf(later), at)
  return {
    ordered,
    positionOf: (id) => positions.get(id),
    before: (at) => before[at] ?? NOTHING,
    pastOf,
    knows,
    areConcurrent: (a, b) => !knows(a, b) && !knows(b, a)
  }
}

/**
 * By (depth, id): depth is one more than that of the deepest that an operation names. What names something unknown, or itself in a circle,
 * is left out. A room begins with its creation, whatever others wrote that names nothing.
 */
function inOrder (operations: Iterable<LawOperation>): LawOperation[] {
  const known = [...new Map([...operations].map((operation) => [operation.id, operation])).values()]
  const indexOf = new Map(known.map(({ id }, index) => [id, index]))
  const named = known.map((operation) => operation.heads.map((id) => indexOf.get(id) ?? -1))
  const followers: number[][] = known.map(() => [])
  named.forEach((those, index) => { for (const one of those) followers[one]?.push(index) })
  const missing = named.map(({ length }) => length)
  const depths = known.map(() => 0)
  const ready: number[] = []
  missing.forEach((count, index) => { if (count === 0) ready.push(index) })
  const complete: { operation: LawOperation, depth: number }[] = []
  for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
    const operation = known[index], depth = 1 + Math.max(0, ...(named[index] ?? []).map((one) => depths[one] ?? 0))
    depths[index] = depth
    if (operation !== undefined) complete.push({ operation, depth: operation.act.type === 'create' ? 0 : depth })
    for (const follower of followers[index] ?? []) {
      const left = (missing[follower] ?? 0) - 1
      missing[follower] = left
      if (left === 0) ready.push(follower)
    }
  }
  complete.sort((a, b) => a.depth - b.depth || (a.operation.id < b.operation.id ? -1 : 1))
  return complete.map(({ operation }) => operation)
}

/** What is in the past of any of these. */
export function pastOfAll (graph: LawGraph, positions: readonly number[]): Past {
  let known = NOTHING
  for (const at of positions.toSorted((a, b) => b - a)) if (!isIn(known, at)) known = union([known, graph.pastOf(at)], null)
  return known
}
