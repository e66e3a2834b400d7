/** `Room.parties`: rooms of their own that a room announces to its members. */
import type { ReadonlySignal } from '@preact/signals-core'
import type { RoomTag } from '#shared/ids.ts'
import type { JoinAttempt } from '../entry/facet.ts'

export interface RoomParties {
  readonly rooms: ReadonlySignal<readonly PartyRoom[]>
  readonly create: ReadonlySignal<((options: { name: string, isOpen: boolean, isVoice?: boolean }) => Promise<RoomTag>) | null>
  /** Enters an open party room of this room. */
  join(tag: RoomTag): JoinAttempt
}

export interface PartyRoom { tag: RoomTag, name: string, isOpen: boolean, isJoined: boolean, isVoice: boolean }
