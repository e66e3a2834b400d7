/** The engine as it reads in the rules, slowly: for showing that they leave no choice, and that the fast one does the same. */
import { createFacts } from '../../rooms/membership/law/facts.ts'
import { createLawGraph, type LawGraph } from '../../rooms/membership/law/graph.ts'
import type { Decision } from '../../rooms/membership/law/decide.ts'
import { createJudge, type Judge } from '../../rooms/membership/law/judge.ts'
import { NOBODY } from '../../rooms/membership/law/level.ts'
import type { LawOperation } from '../../rooms/membership/law/operation.ts'
import type { Law } from '../../rooms/membership/law/standing.ts'
import { createSubjects } from '../../rooms/membership/law/subjects.ts'

/** @param force what to take an operation for instead of what the rules say, by position; undefined for as they say */
export function decideSlowly (operations: Iterable<LawOperation>, force?: (at: number, graph: LawGraph) => boolean | undefined): Decision {
  const graph = createLawGraph(operations)
  const subjects = createSubjects(graph)
  const facts = createFacts(graph, subjects)
  const law: Law = { graph, subjects, facts }
  const judge = createJudge(law)
  const open = new Set(graph.ordered.keys())
  while (open.size > 0) {
    let first: { at: number, place: ReturnType<Judge['place']> } | null = null
    for (const at of open) {
      const place = judge.place(at)
      if (first === null || place.level > first.place.level) first = { at, place }
    }
    if (first === null) break
    const { at, place } = first
    open.delete(at)
    facts.set(at, { ...place, counts: place.level > NOBODY && (force?.(at, graph) ?? judge.counts(at, place)) })
  }
  return { ...law, judge }
}
