/** Who came into a room by whose links. */
import type { UserKey } from '#shared/ids.ts'
import type { Membership } from '../membership/membership.ts'

/** By who invited them. */
export function invitedIn ({ members }: Pick<Membership, 'members'>): Map<UserKey | null, UserKey[]> {
  const invited = new Map<UserKey | null, UserKey[]>()
  for (const { user, invitedBy } of members.values()) invited.set(invitedBy, [...invited.get(invitedBy) ?? [], user])
  return invited
}

/** Who came by somebody's links, and by the links of those. */
export function broughtInBy (user: UserKey, invited: ReadonlyMap<UserKey | null, readonly UserKey[]>): UserKey[] {
  const found = new Set<UserKey>([user])
  for (const one of found) for (const guest of invited.get(one) ?? []) found.add(guest)
  found.delete(user)
  return [...found]
}
