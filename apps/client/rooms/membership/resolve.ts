/**
 * The resolver: operations in, membership out. Pure and total: any prefix of any set of operations, in any order of arrival, resolves
 * without throwing, and the same set resolves to the same membership everywhere. Signatures were checked before; what is checked here
 * is who had the right.
 *
 * Flow: operations → `graph` (order, pasts) → each is judged by what its author knew (`view`, `rights`) and written down (`apply`, `ledger`)
 * → removals and demotions void what was concurrent with them (`voiding`), and what comes after the first void one is judged again → the
 * state in the past of everything is the membership; `standing` says which messages count.
 *
 * RULE 1: an operation counts if its author had the right in its own causal past (`mayAuthor`).
 * RULE 2: the strongest removal or demotion voids what its target did to others at the same moment (`compareStrikes`, `isAuthority`).
 * RULE 3: a removal beats a concurrent admission; a re-admission follows the removal causally (`createReach`).
 * RULE 4: who removes outranks who is removed; the last owner cannot be removed by others (`mayRemove`).
 * RULE 5: what a removed device wrote above the cut does not count (`Standing.mayWrite`).
 */
import type { DeviceKey, DevTag, EnvelopeId, UserKey } from '#shared/ids.ts'
import { apply } from './apply.ts'
import { createGraph, isIn, union, type Graph, type Past } from './graph.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { describeMembership } from './describe-membership.ts'
import type { Membership, ResolvedMember } from './membership.ts'
import type { Operation } from './operations.ts'
import { mayAuthor } from './rights.ts'
import { createView } from './view.ts'
import { createVoiding, strikeOf, type Strike } from './voiding.ts'

export type { Membership, ResolvedEpoch, ResolvedMember } from './membership.ts'

/** @param devTagOf the tag of a device in this room (a hash; computed beforehand, since this function is pure and not async) */
export function resolveMembership (operations: readonly Operation[], devTagOf: (device: DeviceKey) => DevTag): Membership {
  const graph = createGraph(operations)
  const ledger = createLedger()
  const counted = judge(graph, ledger)
  return describeMembership({ graph, ledger, everything: union(counted.map((at) => graph.pastOf(at)), null), heads: newestOf(graph, counted), devTagOf })
}

/** Judges all operations until no removal undoes anything any more. Answers the positions of those that count. */
function judge (graph: Graph, ledger: Ledger): number[] {
  const voiding = createVoiding(graph)
  const counts = new Uint8Array(graph.ordered.length)
  const strikes = new Map<number, Strike>()
  for (let from: number | null = 0; from !== null; from = voiding.settle(strikes, (at) => counts[at] === 1)) {
    ledger.rewind(from)
    for (const at of strikes.keys()) if (at >= from) strikes.delete(at)
    for (let at = from; at < graph.ordered.length; at++) {
      const operation = graph.ordered[at]
      if (operation === undefined) continue
      const view = createView(ledger, graph.pastOf(at))
      const isSecond = operation.body.type === 'create' && ledger.creation.length > 0
      counts[at] = Number(!voiding.isVoid(at) && !isSecond && mayAuthor(operation, view))
      if (counts[at] === 0) continue
      const strike = strikeOf(operation, at, view)
      if (strike !== null) strikes.set(at, strike)
      apply(ledger, operation, at, view)
    }
  }
  return [...counts.keys()].filter((at) => counts[at] === 1)
}

/** What does not count is nobody's past: a removed device could otherwise crowd out the heads that matter. */
function newestOf (graph: Graph, counted: readonly number[]): EnvelopeId[] {
  const heads: EnvelopeId[] = []
  let known: Past = union([], null)
  for (const at of counted.toReversed()) {
    const operation = graph.ordered[at]
    if (operation === undefined || isIn(known, at)) continue
    heads.push(operation.id)
    known = union([known, graph.pastOf(at)], null)
  }
  return heads.sort()
}

export const memberOf = (membership: Membership, device: DeviceKey): ResolvedMember | null => membership.memberOf(device)

/** RULE: a device enters where its person is a member, or may turn out to be, and where it has never been: one that was revoked stays out. */
export function isToEnter ({ name, members, authors }: Membership, myUser: UserKey, device: DeviceKey): boolean {
  return (name === null || members.has(myUser)) && ![...authors.values()].some((author) => author.device === device)
}
