import type { Member, Role } from '#client'

/** From the strongest to the weakest. */
export const ROLES = ['owner', 'admin', 'moderator', 'member', 'observer'] as const satisfies readonly Role[]

/** A linked member is there, whatever the last word of their presence was. */
export const isOnline = (member: Member): boolean => member.isMe || member.presence === 'online' || member.link !== 'none'

/** Who is in the room by role, the strongest first; in each oneself first, then who is there, then by name. Empty groups are left out. */
export function groupMembers (members: readonly Member[]): { role: Role, members: Member[] }[] {
  const sorted = [...members].sort((a, b) =>
    Number(b.isMe) - Number(a.isMe) || Number(isOnline(b)) - Number(isOnline(a)) || a.name.localeCompare(b.name))
  return ROLES.map((role) => ({ role, members: sorted.filter((member) => member.role === role) })).filter((group) => group.members.length > 0)
}

/** What an invitation by somebody of this role may give: the roles below, and members may invite members; never ownership. */
export function rolesToInvite (role: Role | null): Exclude<Role, 'owner'>[] {
  if (role === null) return []
  return ROLES.slice(ROLES.indexOf(role) + (role === 'member' ? 0 : 1)).filter((one): one is Exclude<Role, 'owner'> => one !== 'owner')
}

/** Who would own the room if its only owner left: the strongest of the others; several when only their admission decides. */
export function heirsOf (members: readonly Member[]): Member[] {
  const others = groupMembers(members.filter((member) => !member.isMe))
  if (members.find((member) => member.isMe)?.role !== 'owner' || others[0]?.role === 'owner') return []
  return others[0]?.members ?? []
}
