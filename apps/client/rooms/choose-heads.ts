/** Which of the newest operations an entry names, where there are more than fit. */
import type { DeviceKey, EnvelopeId } from '#shared/ids.ts'
import { HEADS_MAX } from '#shared/wire/envelope.ts'
import type { Membership } from './membership/resolve.ts'

/**
 * RULE: an entry names all that is newest; where that is too much, the branch by which its author is a member, and then those with the highest
 * clocks: whoever floods a room with branches cannot make others forget what came last.
 */
export function chooseHeads (membership: Membership, device: DeviceKey, clockAt: (id: EnvelopeId) => number): EnvelopeId[] {
  if (membership.heads.length <= HEADS_MAX) return membership.heads
  const me = membership.memberOf(device)
  const isMine = (head: EnvelopeId): boolean => me !== null && membership.isBefore(me.admittedBy, head)
  const byClock = membership.heads.toSorted((a, b) => clockAt(b) - clockAt(a) || (a < b ? -1 : 1))
  const mine = byClock.find(isMine)
  return [...mine === undefined ? [] : [mine], ...byClock.filter((head) => head !== mine)].slice(0, HEADS_MAX).sort()
}
