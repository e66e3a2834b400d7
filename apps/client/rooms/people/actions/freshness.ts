/**
 * Whether this device knows what the others of a room have done lately: it has exchanged with the mailbox or with
 * another person's device within the hour.
 */
import { computed, signal, type ReadonlySignal } from '@preact/signals-core'
import type { UserKey } from '#shared/ids.ts'
import type { Remote } from '../../../mesh/types.ts'
import { dependOn } from '../../../state/depend-on.ts'
import type { Scope } from '../../../state/scope.ts'
import type { RoomLog } from '../../log/room-log.ts'
import { memberOf } from '../../membership/resolve.ts'
import { mustCatchUp } from './action-changes.ts'

/** Shorter, and a train in a tunnel makes drafts; longer, and people act on what has long changed. */
const FRESH_MS = 3_600_000
/** How long an action waits for those in reach before it is kept: a relayed exchange takes a second or two. */
const CATCH_UP_MS = 5000

export interface Freshness {
  /** Whether actions on others may be written now. A machine that slept may learn late that an hour has passed. */
  readonly isFresh: ReadonlySignal<boolean>
  /** Looks at the clock, has `isFresh` say what it says, and returns that. */
  check(): boolean
  /** Takes note of an exchange that has just finished. */
  record(remote: Remote): void
  /**
   * Exchanges with those who are in reach. Resolves once one exchange has finished, after some seconds, or at once
   * where nobody is in reach.
   */
  catchUp(): Promise<void>
}

export function createFreshness ({ log, scope, myUser, now, isConnected, compare }: {
  log: Pick<RoomLog, 'membership'>
  scope: Scope
  myUser: UserKey
  /** Unix ms. */
  now: () => number
  /** Whether somebody may be in reach. */
  isConnected: () => boolean
  /** Begins to exchange with everybody in reach. */
  compare: () => void
}): Freshness {
  /** Unix ms; null before the first exchange of this run. */
  const exchangedAt = signal<number | null>(null)
  /** Counted up when an hour has passed. */
  const hours = signal(0)
  const waiting = new Set<() => void>()
  let cancel = (): void => {}
  // The clock may have been set back since.
  const isRecent = (): boolean => exchangedAt.value !== null && Math.abs(now() - exchangedAt.value) < FRESH_MS
  const isFresh = computed(() => {
    dependOn(hours)
    return !mustCatchUp(log.membership.value, myUser) || isRecent()
  })

  return {
    isFresh,
    check () {
      hours.value++
      return isFresh.peek()
    },
    record (remote) {
      // RULE: a device of the same person may have been away as long, and whoever is out does not know what happened.
      const user = remote === 'node' ? null : memberOf(log.membership.peek(), remote)?.user
      if (user === undefined || user === myUser) return
      exchangedAt.value = now()
      cancel()
      cancel = scope.later(FRESH_MS, () => { hours.value++ })
      for (const resolve of waiting) resolve()
      waiting.clear()
    },
    async catchUp () {
      if (!isConnected()) return
      await new Promise<void>((resolve) => {
        waiting.add(resolve)
        scope.later(CATCH_UP_MS, resolve)
        compare()
      })
    }
  }
}
