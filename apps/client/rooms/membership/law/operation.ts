/**
 * Operations as the law of a room sees them: who acts on whom, and what the author knew. Signatures, certificates and proofs of invitations
 * were checked before; bodies of other operations (profiles, keys, parties) do not matter here, only that somebody acted.
 */
import type { DeviceKey, EnvelopeId, InviteId, UserKey } from '#shared/ids.ts'
import type { Role, RoomKind, RoomPolicy } from '../../../api.ts'

/**
 * The newest operations of a target's branches that a strike leaves standing, all in the strike's own past; what is in the past of none of
 * them does not count. Null for everything of theirs that the striker knew.
 */
export type Cut = readonly EnvelopeId[] | null

export type Act =
  /** `peer`: whom a direct room is with. */
  | { type: 'create', user: UserKey, kind: RoomKind, peer: UserKey | null, policy: RoomPolicy }
  /**
   * By the proof of an invitation; null only where the creator of a direct room admits its other person. `announcement`: the operation that
   * announced it; where none is named it is the first that is known.
   */
  | { type: 'add', user: UserKey, device: DeviceKey, role: Role, invite: InviteId | null, announcement?: EnvelopeId }
  /** The root key's certificate is the authority: anybody may carry it. */
  | { type: 'adddev', user: UserKey, device: DeviceKey }
  | { type: 'rmdev', device: DeviceKey, cut: Cut }
  | { type: 'remove', user: UserKey, isBan: boolean, cut: Cut }
  | { type: 'unban', user: UserKey }
  /** `user`: who says so; nobody leaves for somebody else. */
  | { type: 'leave', user: UserKey }
  /** The creator's place; names the successor's consent, which is in its past. */
  | { type: 'hand-over', user: UserKey, consent: EnvelopeId }
  /** Whether its author takes the place of `creator`. */
  | { type: 'consent', creator: UserKey, accepts: boolean }
  /** Of oneself: stepping down. */
  | { type: 'role', user: UserKey, role: Role, cut: Cut }
  | { type: 'mute', user: UserKey, isMuted: boolean, cut: Cut }
  | { type: 'invite', invite: InviteId, role: Role, maxUses: number | null, needsApproval: boolean }
  | { type: 'revoke-invite', invite: InviteId, announcement?: EnvelopeId }
  /** The whole policy each time. */
  | { type: 'policy', policy: RoomPolicy }
  /** Name, topic and party rooms. */
  | { type: 'administer' }
  /** One's own profile and keys, rotations, and what only later versions know. */
  | { type: 'own' }
  /** Malformed: it stands in the graph and counts for nothing. */
  | { type: 'nothing' }

export interface LawOperation {
  id: EnvelopeId
  device: DeviceKey
  /** What its author names as the newest that they know, their own before it among it. All that its past is told by. */
  heads: readonly EnvelopeId[]
  act: Act
}
