/** Ringing (ringing.ts) on this device: what is rung for now, said and heard in rooms of two. */
import { computed, signal, type ReadonlySignal } from '@preact/signals-core'
import type { RoomTag, UserKey } from '#shared/ids.ts'
import type { Calls, IncomingCall } from '../api-calls.ts'
import type { CallPerson, CallRoom } from './call-room.ts'
import { quiet, stepRing, type RingEvent, type RingState } from './ringing.ts'

export interface Rings {
  readonly state: ReadonlySignal<RingState>
  readonly incoming: ReadonlySignal<IncomingCall | null>
  step(event: RingEvent): void
}

export function createRings ({ roomOf, running, join }: { roomOf: (tag: RoomTag) => CallRoom | null } & Pick<Calls, 'running' | 'join'>): Rings {
  const state = signal<RingState>(quiet)
  const step: Rings['step'] = (event) => {
    const [next, effects] = stepRing(state.peek(), event)
    state.value = next
    for (const { roomTag, to, action } of effects) roomOf(roomTag)?.say({ type: 'ring', user: to, action })
  }
  /** The ringing person is in the call already; their device tells who they are. */
  const personOf = (tag: RoomTag, user: UserKey): Pick<CallPerson, 'name' | 'nameMark'> =>
    running.value.get(tag)?.participants.find((one) => one.user === user) ?? { name: '', nameMark: 'unconfirmed' }

  return {
    state, step,
    incoming: computed(() => {
      const { incoming } = state.value
      if (incoming === null) return null
      const { roomTag, from } = incoming
      const { name: fromName, nameMark: fromMark } = personOf(roomTag, from)
      return {
        roomTag,
        from,
        fromName,
        fromMark,
        async accept (choice) {
          step({ type: 'accept', at: Date.now() })
          return await join(roomTag, choice)
        },
        decline: () => step({ type: 'decline', at: Date.now() })
      }
    })
  }
}
