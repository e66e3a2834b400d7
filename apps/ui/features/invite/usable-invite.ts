import type { OpenInvite } from '#client'

const works = (invite: OpenInvite, now: number): boolean =>
  invite.link !== null && invite.expiresAt > now && (invite.maxUses === null || invite.uses < invite.maxUses)

/** RULE: what is shown without being asked for lets in members, any number, without approval; nobody hands out more by opening a dialog. */
const isPlain = (invite: OpenInvite): boolean => invite.role === 'member' && !invite.needsApproval && invite.maxUses === null

/** The plain invitation that works for the longest, null when none does. Links that others made are not known here. */
export function usableInvite (invites: readonly OpenInvite[], now: number): OpenInvite | null {
  return invites.filter((invite) => isPlain(invite) && works(invite, now)).sort((a, b) => b.expiresAt - a.expiresAt)[0] ?? null
}
