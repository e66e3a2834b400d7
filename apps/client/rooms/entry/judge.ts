/** Whom a room lets in by one of its invitations: whether they asked directly, or by a request that lay at the node. */
import type { ErrorCode } from '#shared/errors.ts'
import type { DeviceKey, InviteId, UserKey } from '#shared/ids.ts'
import { ROOM_MAX_MEMBERS } from '#shared/limits.ts'
import { createMutex } from '../../state/mutex.ts'
import { isCertified, isProven } from '../log/check-operation.ts'
import type { DeviceJudge } from './device-judge.ts'
import type { ShownRecord } from '../membership/operation-codec.ts'
import type { InviteProof } from '../membership/operations.ts'
import type { ResolvedInvite } from '../membership/membership.ts'
import { memberOf } from '../membership/resolve.ts'
import type { RoomLog } from '../log/room-log.ts'

export const welcomeContext = (log: Pick<RoomLog, 'roomTag'>): string => `welcome/${log.roomTag}`

/** Somebody whose proof of an invitation is good. */
export interface Applicant { member: ShownRecord, proof: InviteProof }

export interface Judge {
  /** Why an invitation does not let a device in, by what can be told before it proves anything; null where it may. */
  check(inviteId: InviteId, device: DeviceKey, user: UserKey | null): ErrorCode | null
  /** Checks the proof and admits where that needs no approval. `pending`: a moderator has to say yes. */
  judge(applicant: Applicant, isApproved?: boolean): Promise<'admitted' | 'pending' | ErrorCode>
}

export function createJudge ({ log, myUser, now, judgeDevice, mayEnter, hasDeclined }: {
  log: RoomLog
  myUser: UserKey
  now: () => number
  /** Whether a device is still its person's. */
  judgeDevice: DeviceJudge
  /** A further condition of the invitation: membership of the parent of a party room. */
  mayEnter: (user: UserKey, inviteId: InviteId) => Promise<boolean>
  hasDeclined: (applicant: Pick<InviteProof, 'inviteId'> & { device: DeviceKey }) => boolean
}): Judge {
  const locked = createMutex()

  const isClosed = ({ isRevoked, expiresAt, maxUses, uses }: ResolvedInvite, user: UserKey | null): ErrorCode | null => {
    if (isRevoked) return 'invite-revoked'
    if (now() > expiresAt) return 'invite-expired'
    const isUsedUp = maxUses !== null && uses >= maxUses && (user === null || !log.membership.peek().members.has(user))
    return isUsedUp ? 'invite-used-up' : null
  }
  /** The announcement to rely on: the first that is open; where none is, the first. */
  const inviteOf = (inviteId: InviteId, user: UserKey | null): ResolvedInvite | undefined => {
    const announcements = log.membership.peek().announcements.get(inviteId) ?? []
    return announcements.find((one) => isClosed(one, user) === null) ?? announcements[0]
  }

  /** RULE: an invitation lets in while it is open, and nobody who is banned; a code says why not. */
  const check = (inviteId: InviteId, device: DeviceKey, user: UserKey | null): ErrorCode | null => {
    const { members, bans } = log.membership.peek()
    if (user !== null && bans.has(user)) return 'banned'
    const invite = inviteOf(inviteId, user)
    if (invite === undefined) return 'invite-refused'
    if (memberOf(log.membership.peek(), device) !== null) return null
    const closed = isClosed(invite, user)
    if (closed !== null) return closed
    if (hasDeclined({ inviteId, device })) return 'request-declined'
    return members.size >= ROOM_MAX_MEMBERS ? 'room-full' : null
  }

  const judge: Judge['judge'] = async ({ member: shown, proof }, isApproved = false) => await locked(async () => {
    const invite = inviteOf(proof.inviteId, shown.user)
    const { list: _, ...member } = shown
    if (invite === undefined) return 'invite-refused'
    if (!await isCertified(member) || !await isProven(proof, invite.publicKey, log.roomTag, member)) return 'invite-refused'
    const trouble = await judgeDevice(shown)
    if (trouble === 'device-revoked') return trouble
    const refusal = check(proof.inviteId, member.device, member.user)
    if (refusal !== null && !(isApproved && refusal === 'request-declined')) return refusal
    if (memberOf(log.membership.peek(), member.device) !== null) return 'admitted'
    if (trouble !== null) return trouble
    if (!await mayEnter(member.user, proof.inviteId)) return 'invite-refused'
    const rights = log.membership.peek().rightsOf(myUser)
    if (!rights.canAdmit || (invite.needsApproval && !(isApproved && rights.canApprove))) return 'pending'
    await log.writeOperation({ type: 'add', member, role: invite.role, proof, announcement: invite.announcement })
    // What was said before stays with those who were there: the newcomer begins with an epoch that leads nowhere back.
    if (log.membership.peek().policy.history === 'since-joining') await log.rotate({ hasBarrier: true })
    return memberOf(log.membership.peek(), member.device) === null ? 'invite-refused' : 'admitted'
  })

  return { check, judge }
}
