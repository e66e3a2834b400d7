/** What people with a role may do to a room and to others in it: the actions behind `Room`, each null where the role does not allow it. */
import { signal, type ReadonlySignal } from '@preact/signals-core'
import type { Room } from '../api.ts'
import { DEFAULT_POLICY } from './membership/operations.ts'
import type { RoomLog } from './room-log.ts'

export type Moderation = Pick<Room,
  'policy' | 'rename' | 'changePolicy' | 'memberActions' | 'bans' | 'unban' | 'leave' | 'nextSendAt' | 'mutedUntil'>

export function createModeration (_: { log: RoomLog }): Moderation {
  const none: ReadonlySignal<null> = signal(null)
  return {
    policy: signal(DEFAULT_POLICY),
    rename: none,
    changePolicy: none,
    memberActions: signal(new Map()),
    bans: signal([]),
    unban: none,
    leave: none,
    nextSendAt: none,
    mutedUntil: none
  }
}
