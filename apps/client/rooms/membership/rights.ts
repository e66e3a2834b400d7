/** Who may do what: the table of rights, each as a named rule. A rule sees what the author knew (`View`) and nothing else. */
import type { UserKey } from '#shared/ids.ts'
import { ROOM_MAX_MEMBERS } from '#shared/limits.ts'
import { rankOf, ROLES, type MemberRecord, type Operation, type OperationBody, type Role, type RoomPolicy } from './operations.ts'
import type { OpenInvite, View } from './view.ts'

const MEMBER = rankOf('member'), MODERATOR = rankOf('moderator'), ADMIN = rankOf('admin'), OWNER = rankOf('owner')

/** RULE 1: an operation counts if its author had the right in its own causal past. */
export function mayAuthor (operation: Operation, view: View): boolean {
  const { body } = operation
  if (body.type === 'create') return mayCreate(operation, body)
  const creation = view.creation()
  const author = view.memberOf(operation.device)
  if (creation === null || author === null) return false
  const rank = view.rankOf(author)
  if (creation.kind === 'direct' && !IN_DIRECT_ROOMS.has(body.type)) return false
  switch (body.type) {
    case 'add': return mayAdmit(operation, body, author, view)
    case 'remove': return body.user === author ? body.rotation === null && !body.isBan : body.rotation !== null && mayRemove(author, body, view)
    case 'invite': return maySendInvites(rank, view.policy()) && mayInviteAs(rank, body.role) && view.inviteOf(body.inviteId) === null
    case 'revoke-invite': {
      const invite = view.inviteOf(body.inviteId)
      return invite !== null && (invite.facts.createdBy === author || rank >= MODERATOR)
    }
    case 'role': return mayChangeRole(author, body.user, body.role, view)
    case 'mute': return mayModerate(author, body.user, view)
    case 'unban': return rank >= MODERATOR && view.isBanned(body.user)
    case 'policy': return mayChangePolicy(rank, body.policy, view)
    case 'rename':
    case 'party': return rank >= ADMIN
    case 'adddev': return mayAddDevice(body.member, view)
    case 'rmdev': return mayRemoveDevice(operation, body, author, view)
    case 'rotate':
    case 'profile':
    case 'enckey':
    case 'unknown': return true
  }
}

/** A conversation of two has no ranks to use on each other: nobody else comes in, and nobody is put out. */
const IN_DIRECT_ROOMS: ReadonlySet<OperationBody['type']> = new Set<OperationBody['type']>(['add', 'remove', 'rotate', 'profile', 'policy', 'adddev', 'rmdev', 'enckey', 'unknown'])

/** RULE: a room begins with the first entry of its creator's log, once: nobody can start it over with another name or another owner. */
function mayCreate ({ device, seq, heads }: Operation, { creator, kind, peer, parent }: Extract<OperationBody, { type: 'create' }>): boolean {
  const fits = kind === 'direct' ? peer !== null && peer !== creator.user && parent === null : peer === null && (kind === 'party') === (parent !== null)
  return fits && seq === 1 && heads.length === 0 && creator.device === device
}

/** RULE: whoever is let in has proved to hold an open invitation, is not banned, and brings a device that is theirs and was not revoked. */
function mayAdmit (operation: Operation, { member, role, proof }: Extract<OperationBody, { type: 'add' }>, author: UserKey, view: View): boolean {
  const creation = view.creation()
  if (view.isBanned(member.user) || !isFreeDevice(member, view) || !hasSpace(member, view)) return false
  if (creation?.kind === 'direct') return proof === null && role === 'member' && author === creation.creator && member.user === creation.peer
  if (proof === null) return false
  return mayAdmitBy(view.inviteOf(proof.inviteId), { role, at: operation.sentAt, rank: view.rankOf(author) })
}

/**
 * RULE: an invitation admits while it is open: not revoked, not expired by the admitting member's clock, not used up; who needs approval is
 * admitted by moderators only, and observers admit nobody.
 */
export function mayAdmitBy (invite: OpenInvite | null, { role, at, rank }: { role: Role, at: number, rank: number }): boolean {
  if (invite === null || invite.isRevoked || invite.facts.role !== role || at > invite.facts.expiresAt) return false
  if (invite.facts.maxUses !== null && invite.uses >= invite.facts.maxUses) return false
  return rank >= (invite.facts.needsApproval ? MODERATOR : MEMBER)
}

/** RULE: a device acts for one person, and never again once it was revoked. */
const isFreeDevice = ({ user, device }: MemberRecord, view: View): boolean =>
  !view.isBurnt(device) && (view.holderOf(device) ?? user) === user

/** RULE: a room has at most as many devices as a rotation can hold keys for, else nobody could be removed any more. */
const hasSpace = ({ device }: MemberRecord, view: View): boolean =>
  view.memberOf(device) !== null || view.deviceCount() < ROOM_MAX_MEMBERS

/** RULE: members invite, unless the policy leaves it to moderators. */
export const maySendInvites = (rank: number, policy: RoomPolicy): boolean => rank >= (policy.invites === 'members' ? MEMBER : MODERATOR)

/** RULE: an invitation gives a role below one's own; members may invite members; ownership is never given by a link. */
export const mayInviteAs = (rank: number, role: Role): boolean => rankOf(role) < rank || (rank === MEMBER && role === 'member')

/** RULE: moderators and up act on those of strictly lower rank only. */
export function mayModerate (author: UserKey, target: UserKey, view: View): boolean {
  const rank = view.rankOf(author)
  return rank >= MODERATOR && view.roleOf(target) !== null && view.rankOf(target) < rank
}

/** RULE 4: who removes outranks who is removed; only another owner removes an owner, so the last one stays. A ban may meet who is not there. */
function mayRemove (author: UserKey, { user, isBan }: Extract<OperationBody, { type: 'remove' }>, view: View): boolean {
  if (view.creation()?.kind === 'direct') return false
  if (view.roleOf(user) === null) return isBan && view.rankOf(author) >= MODERATOR && !view.isBanned(user)
  return mayModerate(author, user, view) || (view.isOwnerByName(author) && view.isOwnerByName(user))
}

/** RULE: admins give roles below their own to people below them; owners give any role to anybody, and step down only if another owner stays. */
export function mayChangeRole (author: UserKey, target: UserKey, role: Role, view: View): boolean {
  const [rank, targetRank] = [view.rankOf(author), view.rankOf(target)]
  if (view.roleOf(target) === null || view.roleOf(target) === role) return false
  if (rank === OWNER) return author !== target || view.members().some((other) => other !== author && view.isOwnerByName(other))
  return rank >= ADMIN && targetRank < rank && rankOf(role) < rank
}

/** RULE: admins change the policy; moderators only how slow the room is; both people do in a direct room. */
function mayChangePolicy (rank: number, policy: RoomPolicy, view: View): boolean {
  if (view.creation()?.kind === 'direct' || rank >= ADMIN) return true
  const now = view.policy()
  return rank >= MODERATOR && (Object.keys(now) as (keyof RoomPolicy)[]).every((field) => field === 'slowModeMs' || now[field] === policy[field])
}

/** RULE: the root key's certificate is the authority for another device of a member: any member may carry it. */
const mayAddDevice = (member: MemberRecord, view: View): boolean =>
  view.roleOf(member.user) !== null && isFreeDevice(member, view) && view.memberOf(member.device) === null && hasSpace(member, view)

/** RULE: a device is revoked by another one of the same person, or by who may remove that person. */
function mayRemoveDevice (operation: Operation, { device }: Extract<OperationBody, { type: 'rmdev' }>, author: UserKey, view: View): boolean {
  const holder = view.memberOf(device)
  if (holder === null || device === operation.device) return false
  return holder === author || (view.creation()?.kind !== 'direct' && mayModerate(author, holder, view))
}

/** What a person may do in a room now. Enforced by every peer for operations; shown by the UI. */
export interface Rights {
  /** Null for whoever is no member. */
  role: Role | null
  /** Without regard to being muted, which ends by itself. */
  canWrite: boolean
  /** The roles an invitation of theirs may give; empty when they may not invite. */
  inviteRoles: readonly Role[]
  /** Letting people in by an open invitation; with approval, for those who wait. */
  canAdmit: boolean
  canApprove: boolean
  /** Slow mode, bans of people who are not there, lifting bans. */
  canModerate: boolean
  /** Name, topic, party rooms. */
  canAdminister: boolean
  /** All of the policy. */
  canChangePolicy: boolean
  /** Whether they may kick, ban, mute somebody and delete their messages. */
  mayActOn(target: UserKey): boolean
  mayKick(target: UserKey): boolean
  /** The roles they may give somebody, without the one they have. */
  rolesFor(target: UserKey): readonly Role[]
}

export function rightsIn (view: View, user: UserKey): Rights {
  const rank = view.rankOf(user)
  const isDirect = view.creation()?.kind === 'direct'
  const group = (isAllowed: boolean): boolean => isAllowed && !isDirect
  return {
    role: view.roleOf(user),
    canWrite: rank >= MEMBER,
    inviteRoles: group(maySendInvites(rank, view.policy())) ? ROLES.filter((role) => mayInviteAs(rank, role)) : [],
    canAdmit: rank >= MEMBER,
    canApprove: group(rank >= MODERATOR),
    canModerate: group(rank >= MODERATOR),
    canAdminister: group(rank >= ADMIN),
    canChangePolicy: rank >= (isDirect ? MEMBER : ADMIN),
    mayActOn: (target) => group(mayModerate(user, target, view)),
    mayKick: (target) => target !== user && mayRemove(user, { type: 'remove', user: target, isBan: false, cuts: [], rotation: null }, view),
    rolesFor: (target) => group(true) ? ROLES.filter((role) => mayChangeRole(user, target, role, view)) : []
  }
}
