/** What the law has to know of the operations of a room's log. */
import type { EnvelopeId, InviteId } from '#shared/ids.ts'
import type { Act, LawOperation } from './law/operation.ts'
import type { Operation, OperationBody } from './operations.ts'

/** When invitations expire, Unix ms: by their announcement, and the latest of all under one key. */
type Expiries = Map<EnvelopeId | InviteId, number>

/** @param operations each once */
export function lawOperationsOf (operations: readonly Operation[]): LawOperation[] {
  const expiries: Expiries = new Map()
  for (const { id, body } of operations) {
    if (body.type !== 'invite') continue
    expiries.set(id, body.expiresAt)
    expiries.set(body.inviteId, Math.max(body.expiresAt, expiries.get(body.inviteId) ?? 0))
  }
  return operations.map((operation) => ({
    id: operation.id,
    device: operation.device,
    heads: operation.heads,
    act: actOf(operation, expiries)
  }))
}

function actOf ({ body, device, seq, heads, sentAt }: Operation, expiries: Expiries): Act {
  switch (body.type) {
    case 'create': return isFitting(body) && seq === 1 && heads.length === 0 && body.creator.device === device
      ? { type: 'create', user: body.creator.user, kind: body.kind, peer: body.peer, policy: body.policy }
      : { type: 'nothing' }
    case 'add': {
      const { member, role, proof, announcement } = body
      // RULE: an invitation expires by the clock of the member who admits.
      if (proof !== null && sentAt > (expiries.get(announcement ?? proof.inviteId) ?? Infinity)) return { type: 'nothing' }
      return { type: 'add', user: member.user, device: member.device, role, invite: proof?.inviteId ?? null, ...announcement !== undefined && { announcement } }
    }
    case 'adddev': return { type: 'adddev', user: body.member.user, device: body.member.device }
    case 'rmdev': return { type: 'rmdev', device: body.device, cut: null }
    // Who leaves must not know the new key, and who removes somebody brings one.
    case 'remove':
      if (body.rotation !== null) return { type: 'remove', user: body.user, isBan: body.isBan, cut: null }
      return body.isBan ? { type: 'nothing' } : { type: 'leave', user: body.user }
    case 'role': return { type: 'role', user: body.user, role: body.role, cut: null }
    case 'mute': return { type: 'mute', user: body.user, isMuted: body.until !== null, cut: null }
    case 'reply-offer': return { type: 'consent', creator: body.creator, accepts: body.accepts }
    case 'hand-over': return { type: 'hand-over', user: body.user, consent: body.consent }
    case 'unban': return { type: 'unban', user: body.user }
    case 'invite': return { type: 'invite', invite: body.inviteId, role: body.role, maxUses: body.maxUses, needsApproval: body.needsApproval }
    case 'revoke-invite': return { type: 'revoke-invite', invite: body.inviteId, ...body.announcement !== undefined && { announcement: body.announcement } }
    case 'policy': return { type: 'policy', policy: body.policy }
    case 'rename':
    case 'party': return { type: 'administer' }
    case 'rotate':
    case 'profile':
    case 'enckey':
    case 'devices':
    case 'offer-room':
    case 'continue':
    case 'unknown': return { type: 'own' }
  }
}

/** RULE: a direct room is with somebody else, and only a party has a parent. */
function isFitting ({ creator, kind, peer, parent }: Extract<OperationBody, { type: 'create' }>): boolean {
  return kind === 'direct' ? peer !== null && peer !== creator.user && parent === null : peer === null && (kind === 'party') === (parent !== null)
}
