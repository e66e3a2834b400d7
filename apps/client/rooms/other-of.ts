import type { UserKey } from '#shared/ids.ts'
import type { Membership } from './membership/resolve.ts'

/** Who the other person of a direct room is; null for other rooms. */
export function otherOf ({ kind, peer, members, authors }: Membership, myUser: UserKey): UserKey | null {
  if (kind !== 'direct' || peer === null) return null
  if (peer !== myUser) return peer
  return [...members.keys(), ...[...authors.values()].map(({ user }) => user)].find((user) => user !== myUser) ?? null
}
