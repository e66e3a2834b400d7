/** When to try the node again: a pure machine `(state, event) → [state, effects]` and its numbers. */

/**
 * A wait is a share of how long the node has been away: after a restart of seconds it is found again within a second, and one that has been
 * down for minutes is asked every five seconds.
 */
export const RECONNECT_POLICY = {
  minDelayMs: 250,
  maxDelayMs: 5000,
  shareOfOutage: 1 / 30,
  /** Spread of each delay, so that a thousand clients do not come back in the same moment. */
  jitter: 0.2,
  /** After this many failures people are told that the node does not answer. */
  offlineAfter: 2
} as const

export interface ReconnectState {
  status: 'idle' | 'dialing' | 'connected' | 'waiting' | 'stopped'
  failures: number
  /** Unix ms of the next attempt; null when none is planned. */
  retryAt: number | null
  /** Unix ms since when the node has been away; null while it is there. */
  awaySince: number | null
}

/** `dead`: ended by this device, since it answered nothing. `random`: 0 to 1. `now`: Unix ms. */
export interface ReconnectEvent { type: 'start' | 'wake' | 'timer' | 'connected' | 'failed' | 'lost' | 'dead' | 'stop', now: number, random: number }

export type ReconnectEffect = { type: 'dial' } | { type: 'wait', delayMs: number } | { type: 'cancel-wait' }

export const RECONNECT_INITIAL: ReconnectState = { status: 'idle', failures: 0, retryAt: null, awaySince: null }

export function reconnect (state: ReconnectState, event: ReconnectEvent): [ReconnectState, ReconnectEffect[]] {
  const { now } = event
  if (event.type === 'stop') return [{ ...RECONNECT_INITIAL, status: 'stopped' }, [{ type: 'cancel-wait' }]]
  const dial = (awaySince: number, failures = state.failures): [ReconnectState, ReconnectEffect[]] =>
    [{ status: 'dialing', failures, retryAt: null, awaySince }, [{ type: 'cancel-wait' }, { type: 'dial' }]]
  const wait = (failures: number): [ReconnectState, ReconnectEffect[]] => {
    const awaySince = state.awaySince ?? now
    const delayMs = delayAfter(now - awaySince, event.random)
    return [{ status: 'waiting', failures, retryAt: now + delayMs, awaySince }, [{ type: 'wait', delayMs }]]
  }
  switch (event.type) {
    case 'start': return state.status === 'idle' ? dial(now) : [state, []]
    case 'timer': return state.status === 'waiting' ? dial(state.awaySince ?? now) : [state, []]
    // What kept the node away may be over: the waits begin small again.
    case 'wake': return state.status === 'waiting' ? dial(now) : [state, []]
    case 'connected': return state.status === 'dialing' ? [{ ...RECONNECT_INITIAL, status: 'connected' }, [{ type: 'cancel-wait' }]] : [state, []]
    case 'failed': return state.status === 'dialing' ? wait(state.failures + 1) : [state, []]
    case 'lost': return state.status === 'connected' ? wait(0) : [state, []]
    // The network is another one: nobody else comes back in this moment.
    case 'dead': return state.status === 'connected' ? dial(now) : [state, []]
  }
}

function delayAfter (awayMs: number, random: number): number {
  const { minDelayMs, maxDelayMs, shareOfOutage, jitter } = RECONNECT_POLICY
  const delayMs = Math.min(maxDelayMs, Math.max(minDelayMs, awayMs * shareOfOutage))
  return Math.round(delayMs * (1 + jitter * (random * 2 - 1)))
}
