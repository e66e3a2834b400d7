/** Who is writing just now. A notice expires by itself, and ends with the message that it announced. */
import { computed, signal, type ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey } from '#shared/ids.ts'
import { TYPING_NAMES_MAX } from '#shared/limits.ts'
import type { DisplayedName } from '../../api.ts'
import type { RoomLive } from './facet.ts'
import type { Scope } from '../../state/scope.ts'
import { memberOf } from '../membership/resolve.ts'
import type { Naming } from '../people/naming.ts'
import type { RoomLog } from '../log/room-log.ts'

/** Said again while typing goes on; forgotten by others when it is not said again in time. */
const REPEAT_MS = 3000
const SHOWN_MS = 6000

export interface Typing {
  /** Names of members; of one more than are named at most, which says that there are several. */
  readonly typing: ReadonlySignal<readonly DisplayedName[]>
  readonly setTyping: RoomLive['setTyping']
  /** Takes what another device says; `until` is 0 when it has stopped. */
  take(from: DeviceKey, until: number): void
  /** A message was sent: nothing needs to be taken back. */
  sent(): void
}

export function createTyping ({ log, naming, scope, send, hasListeners }: {
  log: RoomLog
  naming: ReadonlySignal<Naming>
  scope: Scope
  send: (until: number) => void
  hasListeners: () => boolean
}): Typing {
  /** When what each device said ends, Unix ms by this device's clock. */
  const typists = signal<ReadonlyMap<DeviceKey, number>>(new Map())
  let lastSaidAt = 0

  scope.defer(log.events.on('appended', ({ envelopes }) => {
    const done = envelopes.filter(({ device }) => typists.peek().has(device)).map(({ device }) => device)
    if (done.length > 0) typists.value = new Map([...typists.peek()].filter(([device]) => !done.includes(device)))
  }))

  return {
    typing: computed(() => [...new Set([...typists.value.keys()].flatMap((device) => memberOf(log.membership.value, device)?.user ?? []))]
      .slice(0, TYPING_NAMES_MAX + 1).map((user) => naming.value.of(user))),
    setTyping (isTyping = true) {
      if (!isTyping) {
        if (lastSaidAt > 0) send(0)
        lastSaidAt = 0
        return
      }
      if (Date.now() - lastSaidAt < REPEAT_MS || !hasListeners()) return
      lastSaidAt = Date.now()
      send(lastSaidAt + SHOWN_MS)
    },
    take (from, until) {
      const next = new Map(typists.peek())
      if (until === 0) next.delete(from)
      else next.set(from, Date.now() + SHOWN_MS)
      typists.value = next
      scope.later(SHOWN_MS + 10, () => {
        typists.value = new Map([...typists.peek()].filter(([, end]) => end > Date.now()))
      })
    },
    sent () { lastSaidAt = 0 }
  }
}
