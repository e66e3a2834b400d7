/** The public types of what people with a role do to others, at once or after this device has caught up. */
import type { EnvelopeId, InviteId, UserKey } from '#shared/ids.ts'
import type { DisplayedName } from '../../../api-names.ts'
import type { Role } from '../../../api-roles.ts'
import type { RoomPolicy } from '../../settings/facet.ts'

/** An action on others. `until`: Unix ms; null lifts the mute. */
export type AuthorityAction =
  | { type: 'kick' | 'ban', user: UserKey, also: readonly UserKey[] }
  | { type: 'mute', user: UserKey, until: number | null }
  | { type: 'role', user: UserKey, role: Role }
  | { type: 'unban' | 'offer-room', user: UserKey }
  | { type: 'policy', change: Partial<RoomPolicy> }
  /** `user`: who made the link. */
  | { type: 'revoke-invite', inviteId: InviteId, user: UserKey }
  /** `user`: whose message it is. */
  | { type: 'delete-message', messageId: EnvelopeId, user: UserKey }

/** What is another than when an action was asked for. `Who`: how a person is named. */
export type ActionChange<Who = DisplayedName> =
  /** They are no longer in; `by` is null where they left. */
  | { type: 'gone', by: Who | null, isBan: boolean }
  /** By their links, and by the links of those. */
  | { type: 'came-in', people: readonly Who[] }
  /** They have another role now. */
  | { type: 'role', role: Role }
  /** Unix ms; null: not any more. */
  | { type: 'muted', until: number | null }
  /** The time until which they were to be muted is over. */
  | { type: 'expired' }
  /** Somebody has changed the same settings. */
  | { type: 'policy' }
  /** How many came in by the link. */
  | { type: 'used', count: number }
  /** It is so already. */
  | { type: 'done' }
  | { type: 'not-allowed' }

/**
 * An action on others that was asked for while this device had not exchanged for an hour. It is never written by
 * itself: once the device has caught up, its person is asked again.
 */
export interface PendingAction {
  readonly id: string
  readonly action: AuthorityAction
  /** Whom it is on; null where it is on the room. */
  readonly name: DisplayedName | null
  /** `waiting`: until this device has caught up. `over`: it can't be done any more. */
  readonly state: 'waiting' | 'ready' | 'over'
  /** Since it was asked for; empty while it waits. */
  readonly changes: readonly ActionChange[]
  /** Writes it. Null while it waits and when it is over. Rejects with `not-allowed`, `storage-full`. */
  readonly confirm: (() => Promise<void>) | null
  discard(): Promise<void>
}
