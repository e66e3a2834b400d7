import type { OpenInvite } from '#client'

/** The link that works for the longest, null when none does. Links that others made are not known here. */
export function usableInvite (invites: readonly OpenInvite[], now: number): string | null {
  const usable = invites.filter((invite) => invite.link !== null && invite.expiresAt > now && (invite.maxUses === null || invite.uses < invite.maxUses))
  return usable.sort((a, b) => b.expiresAt - a.expiresAt)[0]?.link ?? null
}
