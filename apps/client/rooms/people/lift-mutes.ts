/**
 * Lifts mutes whose time is over. A mute ends by an act, so the devices of those who may lift it write one, in turn: the next in the list
 * acts only where nobody before it has.
 */
import { computed, effect, signal, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { DeviceKey, UserKey } from '#shared/ids.ts'
import { dependOn } from '../../state/depend-on.ts'
import { createMutex } from '../../state/mutex.ts'
import { TIMER_MAX_MS, type Scope } from '../../state/scope.ts'
import { cutsOf } from './cuts.ts'
import type { Membership } from '../membership/membership.ts'
import type { RoomLog } from '../log/room-log.ts'
import { delayOfTurn, settle } from '../log/epochs/turns.ts'

/** After an operation could not be written: on a full disk, say. */
const RETRY_MS = 60_000

/** Works until `scope` ends. */
export function liftMutes ({ log, scope, device, myUser, now, isConnected, isFresh }: {
  log: Pick<RoomLog, 'membership' | 'vector' | 'writeOperation'>
  scope: Scope
  device: DeviceKey
  myUser: UserKey
  /** Unix ms by this device's clock, which the node corrects a little. */
  now: () => number
  isConnected: ReadonlySignal<boolean>
  /** Whether actions on others may be written now. */
  isFresh: ReadonlySignal<boolean>
}): void {
  const locked = createMutex()
  const random = Math.random()
  const delayIn = (membership: Membership): number => delayOfTurn(moderatingIn(membership), device, random)
  /** An act of authority is not written on what may be long past. */
  const isSettled = settle({ scope, isConnected: computed(() => isConnected.value && isFresh.value), delay: () => delayIn(log.membership.peek()) })
  const isWaiting = signal(false)

  /** RULE: a device lifts a mute once: where that has no effect, it would write one operation after the other. */
  const lifted = new Map<UserKey, number>()

  const dueAt = (membership: Membership): { user: UserKey, until: number, at: number }[] => {
    if (membership.mutes.size === 0 || membership.memberOf(device) === null) return []
    const rights = membership.rightsOf(myUser)
    const mine = [...membership.mutes].filter(([user, until]) => lifted.get(user) !== until && rights.mayActOn(user))
    return mine.map(([user, until]) => ({ user, until, at: until + delayIn(membership) }))
  }

  const lift = async (): Promise<void> => {
    try {
      // One after the other, each by what is known when its turn comes.
      for (let next = overdue(); next !== undefined && isSettled.peek() && !scope.signal.aborted; next = overdue()) {
        await log.writeOperation({ type: 'mute', user: next.user, until: null, cuts: cutsOf(log, next.user) })
        lifted.set(next.user, next.until)
      }
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error
      isWaiting.value = true
      scope.later(RETRY_MS, () => { isWaiting.value = false })
    }
  }
  const overdue = (): { user: UserKey, until: number } | undefined => dueAt(log.membership.peek()).find(({ at }) => at <= now())

  /** Counted up when a timer has run: clocks and timers differ, and the longest timer is shorter than some mutes. */
  const woken = signal(0)
  let cancel = (): void => {}
  scope.defer(effect(() => {
    dependOn(woken)
    cancel()
    const ends = dueAt(log.membership.value).map(({ at }) => at)
    if (!isSettled.value || isWaiting.value || ends.length === 0) return
    cancel = scope.later(Math.min(Math.max(0, Math.min(...ends) - now()), TIMER_MAX_MS), () => {
      scope.run(locked(lift).finally(() => { woken.value++ }))
    })
  }))
}

const moderatingIn = (membership: Membership): DeviceKey[] =>
  [...membership.members.values()].flatMap(({ user, devices }) => membership.rightsOf(user).canModerate ? [...devices.keys()] : [])
