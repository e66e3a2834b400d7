/** Which of the newest operations an entry names, where there are more than fit. */
import type { DeviceKey, EnvelopeId } from '#shared/ids.ts'
import { HEADS_MAX } from '#shared/wire/envelope.ts'
import type { Membership } from './membership/resolve.ts'

/**
 * RULE: an entry names all that is newest; where that is too much, the branch by which its author is a member, and then those with the highest
 * clocks: whoever floods a room with branches cannot make others forget what came last.
 */
export function chooseHeads (
  membership: Membership, device: DeviceKey, { lamportOf, own }: {
    lamportOf: (id: EnvelopeId) => number
    /** The operation that this device wrote last. RULE: it is named although it may not count, so that nobody forgets what they did. */
    own: EnvelopeId | null
  }
): EnvelopeId[] {
  const isUnnamed = own !== null && membership.isBefore(own, own) && !membership.heads.some((head) => membership.isBefore(own, head))
  const left = isUnnamed ? HEADS_MAX - 1 : HEADS_MAX
  return [...isUnnamed ? [own] : [], ...newestOf(membership, device, lamportOf, left)].sort()
}

function newestOf (membership: Membership, device: DeviceKey, lamportOf: (id: EnvelopeId) => number, limit: number): EnvelopeId[] {
  if (membership.heads.length <= limit) return membership.heads
  const me = membership.memberOf(device)
  const isMine = (head: EnvelopeId): boolean => me !== null && membership.isBefore(me.admittedBy, head)
  const byClock = membership.heads.toSorted((a, b) => lamportOf(b) - lamportOf(a) || (a < b ? -1 : 1))
  const mine = byClock.find(isMine)
  return [...mine === undefined ? [] : [mine], ...byClock.filter((head) => head !== mine)].slice(0, limit)
}
