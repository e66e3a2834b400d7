import type { Member, Role } from '#client'

/** From the strongest to the weakest. */
export const ROLES = ['owner', 'admin', 'moderator', 'member', 'observer'] as const satisfies readonly Role[]

/** A linked member is there, whatever the last word of their presence was. */
export const isOnline = (member: Member): boolean => member.isMe || member.presence === 'online' || member.link !== 'none'

/** Who is in the room by role, the strongest first. Owners stand in their order; of the others oneself first, then who is there, then by name. Empty groups are left out. */
export function groupMembers (members: readonly Member[]): { role: Role, members: Member[] }[] {
  const sorted = [...members].sort((a, b) =>
    Number(b.isMe) - Number(a.isMe) || Number(isOnline(b)) - Number(isOnline(a)) || a.name.localeCompare(b.name))
  const inRole = (role: Role): Member[] => sorted.filter((member) => member.role === role).sort((a, b) => role === 'owner' ? a.place - b.place : 0)
  return ROLES.map((role) => ({ role, members: inRole(role) })).filter((group) => group.members.length > 0)
}

/** What an invitation by somebody of this role may give: the roles below, and members may invite members; never ownership. */
export function rolesToInvite (role: Role | null): Exclude<Role, 'owner'>[] {
  if (role === null) return []
  return ROLES.slice(ROLES.indexOf(role) + (role === 'member' ? 0 : 1)).filter((one): one is Exclude<Role, 'owner'> => one !== 'owner')
}

/** Who takes this person's place if they leave; null where they are not the first, or alone. */
export function nextAfterMe (members: readonly Member[]): Member | null {
  return members.some(({ isMe, place }) => isMe && place === 0) ? members.find(({ place }) => place === 1) ?? null : null
}
