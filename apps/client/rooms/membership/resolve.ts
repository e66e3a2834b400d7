/**
 * The resolver: operations in, membership out. Pure and total: any set of operations, in any order of arrival, resolves without throwing,
 * and the same set resolves to the same membership everywhere. Signatures were checked before; who had the right is decided in `law`.
 *
 * Flow: operations → `lawOperationsOf` (what the law has to know of them) → `law/decide.ts` (which of them count) → `describe-membership.ts`.
 */
import type { DeviceKey, DevTag, UserKey } from '#shared/ids.ts'
import { decide } from './law/decide.ts'
import { describeMembership } from './describe-membership.ts'
import { lawOperationsOf } from './law-operations.ts'
import type { Membership, ResolvedMember } from './membership.ts'
import type { Operation } from './operations.ts'

export type { Membership, ResolvedDevice, ResolvedEpoch, ResolvedMember } from './membership.ts'

export type Law = typeof decide

/**
 * @param devTagOf the tag of a device in this room (a hash; computed beforehand, since this function is pure and not async)
 * @param law another one in tests, which show that devices notice
 */
export function resolveMembership (operations: readonly Operation[], devTagOf: (device: DeviceKey) => DevTag, law: Law = decide): Membership {
  const byId = new Map(operations.map((operation) => [operation.id, operation]))
  const { graph, subjects, facts, judge } = law(lawOperationsOf([...byId.values()]))
  return describeMembership({
    graph, subjects, facts, standing: judge.standing, devTagOf,
    operations: graph.ordered.flatMap(({ id }) => byId.get(id) ?? [])
  })
}

export const memberOf = (membership: Membership, device: DeviceKey): ResolvedMember | null => membership.memberOf(device)

/** RULE: a device enters where its person is a member, or may turn out to be, and where it has never been: one that was revoked stays out. */
export function isToEnter ({ name, members, authors }: Membership, myUser: UserKey, device: DeviceKey): boolean {
  return (name === null || members.has(myUser)) && ![...authors.values()].some((author) => author.device === device)
}
