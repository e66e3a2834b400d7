/** Who of several devices does what any of them may do: they wait for each other in turn, and the next acts only where nobody before it has. */
import { effect, signal, type ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey } from '#shared/ids.ts'
import type { Scope } from '../../../state/scope.ts'

/** Between two devices: an operation reaches the others by gossip within a second. */
const TURN_MS = 3000
/** Those further down the list have no turn of their own: they are seldom the first who is there. */
const TURNS_MAX = 20
/** Keeps two apart that have one turn. */
const SPREAD_MS = 1000
/** After a connection was made: by then sync has brought what others did meanwhile. */
const SETTLE_MS = 10_000

/**
 * Returns how long a device waits for the others, in ms.
 * @param random from 0 to 1, the same for a device each time: it spreads those who have no turn of their own
 */
export function delayOfTurn (devices: Iterable<DeviceKey>, device: DeviceKey, random: number): number {
  const sorted = [...devices].sort(), turn = Math.max(0, sorted.indexOf(device))
  const spread = turn < TURNS_MAX ? SPREAD_MS : Math.max(SPREAD_MS, (sorted.length - TURNS_MAX) * TURN_MS)
  return Math.min(turn, TURNS_MAX) * TURN_MS + random * spread
}

/** Whether what this device knows is fresh: it has been connected for a while, and has waited for its turn. */
export function settle ({ scope, isConnected, delay }: { scope: Scope, isConnected: ReadonlySignal<boolean>, delay: () => number }): ReadonlySignal<boolean> {
  const isSettled = signal(false)
  let unsettle = (): void => {}
  scope.defer(effect(() => {
    unsettle()
    isSettled.value = false
    if (isConnected.value) unsettle = scope.later(SETTLE_MS + delay(), () => { isSettled.value = true })
  }))
  return isSettled
}
