/** Who reads what was said before they came: the history policy of a room, as rules over its epochs. */
import type { EpochId, UserKey } from '#shared/ids.ts'
import { claimsOf, type Membership, type ResolvedEpoch, type ResolvedMember } from './membership.ts'

/**
 * RULE: where newcomers read from their admission on, an epoch is theirs if it was made for them or after it, by all that claim
 * to have made it.
 */
export function mayReadEpoch (membership: Membership, epochId: EpochId, user: UserKey | null): boolean {
  if (membership.policy.history === 'everything') return true
  const member = user === null ? undefined : membership.members.get(user)
  return member !== undefined && membership.epochs.some((epoch) =>
    epoch.epochId === epochId && claimsOf(epoch).every((claim) => isTheirs(membership, claim, member)))
}

/**
 * RULE: where newcomers read from their admission on, nothing is said in an epoch that not all members may read: whoever hears of an
 * admission before they hear of an epoch for it makes one.
 */
export const isReadByAll = (membership: Membership, epoch: ResolvedEpoch): boolean =>
  membership.policy.history === 'everything' || [...membership.members.values()].every((member) => isTheirs(membership, epoch, member))

/** RULE: an epoch leads back to the messages of another only if all whom it is for may read those; else there is a history barrier. */
export const needsBarrier = (membership: Membership, previous: EpochId, staying: Iterable<UserKey>): boolean =>
  [...staying].some((user) => !mayReadEpoch(membership, previous, user))

const isTheirs = (membership: Membership, { recipients, operation }: ResolvedEpoch, member: ResolvedMember): boolean =>
  recipients.some((device) => member.devices.has(device)) || membership.isBefore(member.admittedBy, operation)
