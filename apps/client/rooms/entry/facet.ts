/** `Room.entry`: links that let people in, those who wait for a yes, and coming in by a link. */
import type { ReadonlySignal } from '@preact/signals-core'
import type { ParleyError } from '#shared/errors.ts'
import type { InviteId, RoomTag, UserKey } from '#shared/ids.ts'
import type { NameMark } from '../../api-names.ts'
import type { Role } from '../../api-roles.ts'

export interface RoomEntry {
  /** Null when this device may not invite. */
  readonly invite: ReadonlySignal<((options?: InviteOptions) => Promise<CreatedInvite>) | null>
  readonly invites: ReadonlySignal<readonly OpenInvite[]>
  revokeInvite(id: InviteId): Promise<void>
  /** Those who wait to be let in by a link that asks for approval, or by one used while nobody was there. */
  readonly requests: ReadonlySignal<readonly JoinRequest[]>
}

export interface InviteOptions {
  /** From now, by the node's clock; default 7 days. */
  expiresInMs?: number
  /** How many may join by it; default unlimited (null). */
  maxUses?: number | null
  /** What whoever joins becomes; default `member`. At most one below one's own. */
  role?: Exclude<Role, 'owner'>
  /** Whether a moderator has to say yes to each; default false. */
  needsApproval?: boolean
  /** Whether the link works while nobody is online: leaves the room's keys, sealed under the link, at the node. Default true; never with approval. */
  worksOffline?: boolean
}

export interface CreatedInvite {
  id: InviteId
  link: string
  expiresAt: number
  maxUses: number | null
  role: Role
  needsApproval: boolean
}

export interface OpenInvite extends Omit<CreatedInvite, 'link'> { link: string | null, uses: number, createdBy: UserKey }

/** Names are as the link says, cleaned; empty where they show nothing. `hasPass`: it lets newcomers have an account. */
export interface InvitePreview { roomTag: RoomTag, roomName: string, inviterName: string, isMember: boolean, nodeOrigin: string, hasPass: boolean }

export interface JoinAttempt {
  readonly state: ReadonlySignal<JoinState>
  cancel(): void
}

export type JoinState =
  | { status: 'connecting' }
  /** Nobody who could let this device in is online; it goes on trying by itself. */
  | { status: 'waiting-for-members' }
  /** A moderator has to say yes. */
  | { status: 'waiting-for-approval' }
  | { status: 'joining', memberName: string }
  | { status: 'joined', roomTag: RoomTag }
  | { status: 'failed', error: ParleyError }

export interface JoinRequest {
  /** Stable while it waits. */
  id: string
  user: UserKey
  name: string
  nameMark: NameMark | null
  role: Role
  requestedAt: number
  needsApproval: boolean
  approve: (() => Promise<void>) | null
  decline: (() => Promise<void>) | null
}
