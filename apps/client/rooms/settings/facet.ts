/** `Room.settings`: what a room is called, what holds in it, and leaving it behind. */
import type { ReadonlySignal } from '@preact/signals-core'
import type { RoomTag } from '#shared/ids.ts'
import type { DisplayedName } from '../../api-names.ts'

export interface RoomSettings {
  readonly policy: ReadonlySignal<RoomPolicy>
  /** A moderator may change `slowModeMs` only: other fields reject with `not-allowed`. */
  readonly changePolicy: ReadonlySignal<((change: Partial<RoomPolicy>) => Promise<void>) | null>
  /** Changes name or topic. Rejects with `room-name-malformed`. */
  readonly rename: ReadonlySignal<((change: { name?: string, topic?: string }) => Promise<void>) | null>
  /** Goes for good; an owner's ownership passes on. The history stays here until it is forgotten. */
  readonly leave: ReadonlySignal<(() => Promise<void>) | null>
  /** Removes the room and its history from this device. Null while a member. */
  readonly forget: ReadonlySignal<(() => Promise<void>) | null>
  /**
   * Makes a room with the same name, topic and policy, with this person as its creator, and announces it here with a link for all. `withBans`:
   * people who are banned here are banned there. Null where that cannot be done: in direct rooms and party rooms, and for non-members.
   */
  readonly continueInNewRoom: ReadonlySignal<((options: { withBans: boolean }) => Promise<RoomTag>) | null>
  readonly continuations: ReadonlySignal<readonly Continuation[]>
  /** Checks what is stored and fetches again what is damaged or missing. Runs by itself at start. */
  repair(): Promise<{ checked: number, damaged: number }>
}

export interface RoomPolicy {
  /** At least this long between two messages of one member; 0 is off. Moderators and up are free of it. */
  slowModeMs: number
  /** What a newcomer can read. */
  history: 'everything' | 'since-joining'
  /** Messages are erased everywhere when they are older, or when there are more; null keeps them. */
  retentionMs: number | null
  retentionCount: number | null
  /** Who may make invite links. */
  invites: 'members' | 'moderators'
}

/** Somebody continues a room in another one. */
export interface Continuation {
  tag: RoomTag
  /** As the announcement says, cleaned; as the room itself says once this person is in. */
  name: string
  by: DisplayedName
  isMine: boolean
  isJoined: boolean
  /** For everybody who is in the old room. */
  link: string
  /** Puts the announcement away on this device. */
  hide: () => Promise<void>
}
