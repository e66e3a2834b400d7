/**
 * Operations as a graph by what they name. The clock is computed and never believed: `depth` is one more than that of the deepest operation
 * an operation names. Positions are the order by (depth, id), so that everything stands after its past; "later" means a higher position.
 */
import type { EnvelopeId } from '#shared/ids.ts'
import { isIn, NOTHING, union, type Past } from './past.ts'
import type { LawOperation } from './operation.ts'

export { isIn, union, type Past } from './past.ts'

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
  const depths = depthsOf(operations)
  // A room begins with its creation, whatever others wrote that names nothing.
  const depthOf = (operation: LawOperation): number => operation.act.type === 'create' ? 0 : depths.get(operation) ?? 0
  const ordered = [...depths.keys()].sort((a, b) => depthOf(a) - depthOf(b) || (a.id < b.id ? -1 : 1))
  const positions = new Map(ordered.map(({ id }, at) => [id, at]))
  const before: Past[] = []
  const pasts: Past[] = []
  ordered.forEach((operation, at) => {
    const known = namedBy(operation).map((id) => pasts[positions.get(id) ?? -1] ?? NOTHING)
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

const namedBy = ({ previous, heads }: LawOperation): readonly EnvelopeId[] => previous === null || heads.includes(previous) ? heads : [previous, ...heads]

/** Each operation once all that it names have one: what names something unknown, or itself in a circle, has none. */
function depthsOf (operations: Iterable<LawOperation>): Map<LawOperation, number> {
  const known = new Map<EnvelopeId, LawOperation>()
  for (const operation of operations) known.set(operation.id, operation)
  const followers = new Map<EnvelopeId, LawOperation[]>()
  const missing = new Map<LawOperation, number>()
  const depths = new Map<LawOperation, number>()
  const depthsById = new Map<EnvelopeId, number>()
  const ready: LawOperation[] = []
  for (const operation of known.values()) {
    const named = new Set(namedBy(operation))
    missing.set(operation, named.size)
    if (named.size === 0) ready.push(operation)
    for (const id of named) {
      const list = followers.get(id)
      if (list === undefined) followers.set(id, [operation])
      else list.push(operation)
    }
  }
  for (let operation = ready.pop(); operation !== undefined; operation = ready.pop()) {
    let depth = 1
    for (const id of namedBy(operation)) depth = Math.max(depth, 1 + (depthsById.get(id) ?? 0))
    depthsById.set(operation.id, depth)
    depths.set(operation, depth)
    for (const follower of followers.get(operation.id) ?? []) {
      const left = (missing.get(follower) ?? 0) - 1
      missing.set(follower, left)
      if (left === 0) ready.push(follower)
    }
  }
  return depths
}

/** What is in the past of any of these. */
export function pastOfAll (graph: LawGraph, positions: readonly number[]): Past {
  let known = NOTHING
  for (const at of positions.toSorted((a, b) => b - a)) if (!isIn(known, at)) known = union([known, graph.pastOf(at)], null)
  return known
}
