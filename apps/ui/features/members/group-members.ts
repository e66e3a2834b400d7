import type { Member } from '#client'

/** Who is there and who is away: oneself first, then by name. A linked member is there, whatever the last word of their presence was. */
export function groupMembers (members: readonly Member[]): { online: Member[], offline: Member[] } {
  const sorted = [...members].sort((a, b) => Number(b.isMe) - Number(a.isMe) || a.name.localeCompare(b.name))
  const isOnline = (member: Member): boolean => member.isMe || member.presence === 'online' || member.link !== 'none'
  return { online: sorted.filter(isOnline), offline: sorted.filter((member) => !isOnline(member)) }
}
