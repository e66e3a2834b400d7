/**
 * Makes an epoch where one is due because another was broken: its rotation leaves somebody out, or wraps garbage for them. The new one hands over
 * what opens the operations of the broken ones. Devices do it in turn.
 */
import { effect, signal, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import type { DeviceKey, EnvelopeId } from '#shared/ids.ts'
import { dependOn } from '../../../state/depend-on.ts'
import { createMutex } from '../../../state/mutex.ts'
import type { Scope } from '../../../state/scope.ts'
import type { RoomLog } from '../room-log.ts'
import { delayOfTurn, settle } from './turns.ts'

/** Operations that follow a rotation of this kind before the next is made: whoever breaks epochs writes more than they make others write. */
const MEND_EVERY_OPERATIONS = 16
/** In a room where little is written the next is made after this long: nobody waits longer. */
const MEND_EVERY_MS = 10 * 60_000
/** After an operation could not be written: on a full disk, say. */
const RETRY_MS = 60_000

/** Works until `scope` ends. */
export function mendEpochs ({ log, scope, device, now, isConnected }: {
  log: Pick<RoomLog, 'membership' | 'keyring' | 'operations' | 'rotate'>
  scope: Scope
  device: DeviceKey
  /** Unix ms, by any clock that does not jump. */
  now: () => number
  isConnected: ReadonlySignal<boolean>
}): void {
  const locked = createMutex()
  const random = Math.random()
  const delay = (): number => delayOfTurn([...log.membership.peek().members.values()].flatMap(({ devices }) => [...devices.keys()]), device, random)
  const isSettled = settle({ scope, isConnected, delay })
  const isWaiting = signal(false)
  /** The newest rotation of this kind, and since when this device knows it: its author may have dated it as they like. */
  let last: { operation: EnvelopeId | null, since: number } = { operation: null, since: -Infinity }

  const isDue = (): boolean => log.keyring.unsettled.isDue && log.membership.peek().memberOf(device) !== null
  /** RULE: at most one for so many operations, or for so long. */
  const waitMs = (): number => {
    const { lastMended } = log.keyring.unsettled
    if (lastMended !== last.operation) last = { operation: lastMended, since: now() }
    if (lastMended === null) return 0
    const membership = log.membership.peek()
    const since = log.operations.all().filter(({ id }) => !membership.isBefore(id, lastMended)).length
    return since >= MEND_EVERY_OPERATIONS ? 0 : Math.max(0, last.since + MEND_EVERY_MS - now())
  }

  const mend = async (): Promise<void> => {
    if (!isDue() || !isSettled.peek() || waitMs() > 0 || scope.signal.aborted) return
    try {
      await log.rotate()
    } catch (error) {
      if (!(error instanceof ParleyError)) throw error
      isWaiting.value = true
      scope.later(RETRY_MS, () => { isWaiting.value = false })
    }
  }

  /** Counted up when a timer has run. */
  const woken = signal(0)
  let cancel = (): void => {}
  scope.defer(effect(() => {
    dependOn(woken)
    dependOn(log.membership)
    cancel()
    if (!isSettled.value || isWaiting.value || !isDue()) return
    cancel = scope.later(Math.max(waitMs(), delay()), () => {
      scope.run(locked(mend).finally(() => { woken.value++ }))
    })
  }))
}
