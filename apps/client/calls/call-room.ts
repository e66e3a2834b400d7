/** A room as calls need it: the port that the rooms are joined to. */
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import type { NameMark } from '../api.ts'
import type { MediaFlags } from './machine.ts'
import type { CallOrder } from './moderation.ts'
import type { RingAction } from './ringing.ts'

export type CallPresence =
  | { type: 'call', joinedAt: number, media: MediaFlags | null }
  | { type: 'ring', user: UserKey, action: RingAction }
  | { type: 'order' } & CallOrder

/** Somebody as the room shows them. */
export interface CallPerson { user: UserKey, name: string, nameMark: NameMark | null }

/** A room as calls need it. */
export interface CallRoom {
  personOf(device: DeviceKey): CallPerson | null
  name(): string
  /** Whom a call here rings: the other person of a direct room. */
  readonly peer: UserKey | null
  /** By the rights that this device has worked out for the room; nobody moderates in a room of two. */
  isModerator(user: UserKey): boolean
  mayActOn(by: UserKey, of: UserKey): boolean
  say(presence: CallPresence): void
  /** Fires when members came or went. Returns unsubscribe. */
  onMembersChanged(listener: () => void): () => void
}
