/** Which of the newest operations an entry names, where there are more than fit. */
import type { DeviceKey, EnvelopeId } from '#shared/ids.ts'
import { HEADS_MAX } from '#shared/wire/envelope.ts'
import type { Membership } from '../membership/resolve.ts'

/**
 * RULE: an entry names all that is newest; where that is too much, the branch by which its author is a member, and then those with the highest
 * clocks: whoever floods a room with branches cannot make others forget what came last.
 */
export function chooseHeads (
  membership: Membership, device: DeviceKey, { clockAt, newestOf }: {
    clockAt: (id: EnvelopeId) => number
    /** The operation that a device wrote last. RULE: one's own is named although it may not count, so that nobody forgets what they did. */
    newestOf: (device: DeviceKey) => EnvelopeId | null
  }
): EnvelopeId[] {
  const own = newestOf(device)
  const isUnnamed = own !== null && membership.isBefore(own, own) && !membership.heads.some((head) => membership.isBefore(own, head))
  const left = isUnnamed ? HEADS_MAX - 1 : HEADS_MAX
  return [...isUnnamed ? [own] : [], ...newestHeads(membership, device, clockAt, left)].sort()
}

function newestHeads (membership: Membership, device: DeviceKey, clockAt: (id: EnvelopeId) => number, limit: number): EnvelopeId[] {
  if (membership.heads.length <= limit) return membership.heads
  const me = membership.memberOf(device)
  const isMine = (head: EnvelopeId): boolean => me !== null && membership.isBefore(me.admittedBy, head)
  const byClock = membership.heads.toSorted((a, b) => clockAt(b) - clockAt(a) || (a < b ? -1 : 1))
  const mine = byClock.find(isMine)
  return [...mine === undefined ? [] : [mine], ...byClock.filter((head) => head !== mine)].slice(0, limit)
}
