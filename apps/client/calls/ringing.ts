/** Ringing in rooms of two, as a pure function: who rings whom, and how it ended. Times are Unix ms and come in with the events. */
import type { RoomTag, UserKey } from '#shared/ids.ts'

export type RingAction = 'ring' | 'accepted' | 'declined' | 'busy' | 'cancelled'

export interface RingState {
  incoming: { roomTag: RoomTag, from: UserKey, heardAt: number } | null
  outgoing: { roomTag: RoomTag, to: UserKey, status: 'ringing' | 'declined' | 'busy' | 'unanswered', since: number, saidAt: number } | null
  /** Declined: the same ringing is not shown again until it was hung up, or quiet for a while. */
  ignored: ReadonlyMap<RoomTag, number>
  /** When each began to ring lately, and when they were last told that this device is busy. */
  rung: ReadonlyMap<RoomTag, readonly number[]>
  toldBusyAt: ReadonlyMap<RoomTag, number>
}

export type RingEvent =
  | { type: 'call', at: number, roomTag: RoomTag, to: UserKey }
  | { type: 'heard', at: number, roomTag: RoomTag, from: UserKey, action: RingAction, isInCall: boolean }
  | { type: 'accept' | 'decline', at: number }
  /** This device is in the call, the other side is too, or this device has left it. */
  | { type: 'joined' | 'met' | 'hung-up', roomTag: RoomTag }
  | { type: 'tick', at: number }

export interface RingEffect { type: 'say', roomTag: RoomTag, to: UserKey, action: RingAction }

export const RING_EVERY_MS = 2500
/** As long as a telephone rings. */
export const RING_FOR_MS = 45_000
/** A ring or two may get lost before it counts as ended. */
export const RING_SILENCE_MS = 8000

/** Who rings more often than this is not heard for a while, however often they hang up in between. */
export const RINGS_MAX = 5
export const RINGS_WITHIN_MS = 600_000

export const quiet: RingState = { incoming: null, outgoing: null, ignored: new Map(), rung: new Map(), toldBusyAt: new Map() }

export function stepRing (state: RingState, event: RingEvent): [RingState, RingEffect[]] {
  switch (event.type) {
    case 'call': return [
      { ...state, outgoing: { roomTag: event.roomTag, to: event.to, status: 'ringing', since: event.at, saidAt: event.at } },
      [{ type: 'say', roomTag: event.roomTag, to: event.to, action: 'ring' }]
    ]
    case 'heard': return event.action === 'ring' ? hearRing(state, event) : hearAnswer(state, event)
    case 'accept': return accept(state)
    case 'joined': return state.incoming?.roomTag === event.roomTag ? accept(state) : [state, []]
    case 'decline': {
      const { incoming } = state
      if (incoming === null) return [state, []]
      return [
        { ...state, incoming: null, ignored: new Map(state.ignored).set(incoming.roomTag, event.at) },
        [{ type: 'say', roomTag: incoming.roomTag, to: incoming.from, action: 'declined' }]
      ]
    }
    case 'met': return [state.outgoing?.roomTag === event.roomTag ? { ...state, outgoing: null } : state, []]
    case 'hung-up': {
      const { outgoing } = state
      if (outgoing?.roomTag !== event.roomTag) return [state, []]
      const effects: RingEffect[] = outgoing.status === 'unanswered' ? [] : [{ type: 'say', roomTag: outgoing.roomTag, to: outgoing.to, action: 'cancelled' }]
      return [{ ...state, outgoing: null }, effects]
    }
    case 'tick': return tick(state, event.at)
  }
}

function accept (state: RingState): [RingState, RingEffect[]] {
  const { incoming } = state
  return incoming === null ? [state, []] : [{ ...state, incoming: null }, [{ type: 'say', roomTag: incoming.roomTag, to: incoming.from, action: 'accepted' }]]
}

function hearRing (state: RingState, { roomTag, from, at, isInCall }: Extract<RingEvent, { type: 'heard' }>): [RingState, RingEffect[]] {
  const ignoredAt = state.ignored.get(roomTag)
  if (ignoredAt !== undefined && at - ignoredAt < RING_SILENCE_MS) return [{ ...state, ignored: new Map(state.ignored).set(roomTag, at) }, []]
  // Both ring each other: that is a yes from both, and each is in the call already.
  if (isInCall) {
    if (state.outgoing?.roomTag === roomTag || at - (state.toldBusyAt.get(roomTag) ?? -Infinity) < RING_EVERY_MS) return [state, []]
    return [{ ...state, toldBusyAt: new Map(state.toldBusyAt).set(roomTag, at) }, [{ type: 'say', roomTag, to: from, action: 'busy' }]]
  }
  if (state.incoming !== null && state.incoming.roomTag !== roomTag) return [state, []]
  if (state.incoming !== null) return [{ ...state, incoming: { roomTag, from, heardAt: at } }, []]
  // RULE: a person begins to ring a few times in ten minutes at most.
  const lately = (state.rung.get(roomTag) ?? []).filter((began) => at - began < RINGS_WITHIN_MS)
  if (lately.length >= RINGS_MAX) return [state, []]
  return [{ ...state, incoming: { roomTag, from, heardAt: at }, rung: new Map(state.rung).set(roomTag, [...lately, at]) }, []]
}

function hearAnswer (state: RingState, { roomTag, from, action }: Extract<RingEvent, { type: 'heard' }>): [RingState, RingEffect[]] {
  if (action === 'cancelled') {
    // That ringing is over: the next one is another.
    const ignored = new Map(state.ignored)
    ignored.delete(roomTag)
    return [{ ...state, ignored, incoming: state.incoming?.roomTag === roomTag ? null : state.incoming }, []]
  }
  const { outgoing } = state
  if (outgoing?.roomTag !== roomTag || outgoing.to !== from) return [state, []]
  if (action === 'accepted') return [{ ...state, outgoing: null }, []]
  if (action === 'declined' || action === 'busy') return [{ ...state, outgoing: { ...outgoing, status: action } }, []]
  return [state, []]
}

function tick (state: RingState, at: number): [RingState, RingEffect[]] {
  const effects: RingEffect[] = []
  let { incoming, outgoing } = state
  if (incoming !== null && at - incoming.heardAt >= RING_SILENCE_MS) incoming = null
  if (outgoing?.status === 'ringing') {
    if (at - outgoing.since >= RING_FOR_MS) {
      outgoing = { ...outgoing, status: 'unanswered' }
      effects.push({ type: 'say', roomTag: outgoing.roomTag, to: outgoing.to, action: 'cancelled' })
    } else if (at - outgoing.saidAt >= RING_EVERY_MS) {
      outgoing = { ...outgoing, saidAt: at }
      effects.push({ type: 'say', roomTag: outgoing.roomTag, to: outgoing.to, action: 'ring' })
    }
  }
  const isSame = incoming === state.incoming && outgoing === state.outgoing
  return [isSame ? state : { ...state, incoming, outgoing }, effects]
}
