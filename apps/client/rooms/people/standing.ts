/** Whether this person may write here now, and why not. */
import { computed, effect, signal, type ReadonlySignal } from '@preact/signals-core'
import type { UserKey } from '#shared/ids.ts'
import type { RoomSummary } from '../../api.ts'
import { dependOn } from '../../state/depend-on.ts'
import { TIMER_MAX_MS, type Scope } from '../../state/scope.ts'
import type { RoomLog } from '../log/room-log.ts'
import { rankOf } from '../membership/operations.ts'

export interface Standing {
  readonly standing: ReadonlySignal<RoomSummary['standing']>
  /** Whether this person may edit and delete here now. */
  readonly mayWrite: ReadonlySignal<boolean>
  /** As `mayWrite`, and slow mode lets the next message go. */
  readonly maySend: ReadonlySignal<boolean>
  /** Whose messages beside their own this person may delete. */
  readonly mayDelete: ReadonlySignal<(user: UserKey) => boolean>
  /** Slow mode: when the next message may be sent, Unix ms; null at once. */
  readonly nextSendAt: ReadonlySignal<number | null>
}

export interface StandingOptions {
  log: Pick<RoomLog, 'membership' | 'lastSentAt'>
  scope: Scope
  myUser: UserKey
  /** This device is in the room, for its person. */
  isMember: ReadonlySignal<boolean>
  /** Unix ms, as messages are dated. */
  now: () => number
}

/** RULE: slow mode binds members; moderators and up are free of it. */
function createSlowMode ({ log, myUser }: StandingOptions): ReadonlySignal<number | null> {
  return computed(() => {
    const { policy, members } = log.membership.value
    const role = members.get(myUser)?.role
    const last = log.lastSentAt.value
    return policy.slowModeMs === 0 || last === null || role === undefined || rankOf(role) >= rankOf('moderator') ? null : last + policy.slowModeMs
  })
}

export function createStanding (options: StandingOptions): Standing {
  const { log, scope, myUser, isMember, now } = options
  /** Counted up whenever a wait of slow mode ends. */
  const ends = signal(0)
  const nextSendAt = createSlowMode(options)
  let cancel = (): void => {}
  scope.defer(effect(() => {
    dependOn(ends)
    cancel()
    const wait = (nextSendAt.value ?? 0) - now()
    if (wait > 0) cancel = scope.later(Math.min(wait, TIMER_MAX_MS), () => { ends.value++ })
  }))
  const isOver = (until: number | null): boolean => {
    dependOn(ends)
    return until === null || until <= now()
  }
  const mayWrite = computed(() => isMember.value && log.membership.value.rightsOf(myUser).canWrite && !log.membership.value.mutes.has(myUser))
  return {
    standing: computed(() => {
      const { members, bans, departed } = log.membership.value
      if (isMember.value) return 'member'
      if (members.has(myUser)) return 'revoked'
      return bans.has(myUser) ? 'banned' : departed.get(myUser) ?? 'removed'
    }),
    mayWrite, nextSendAt,
    maySend: computed(() => mayWrite.value && isOver(nextSendAt.value)),
    mayDelete: computed(() => {
      const membership = log.membership.value
      const rights = membership.rightsOf(myUser)
      return (user: UserKey) => isMember.value && (membership.members.has(user) ? rights.mayActOn(user) : rights.canModerate)
    })
  }
}
