import { describe, expect, it } from 'vitest'
import { reconnect, RECONNECT_INITIAL, RECONNECT_POLICY, type ReconnectEffect, type ReconnectEvent, type ReconnectState } from './reconnect.ts'

/** Plays the machine in virtual time against a node that answers from `backAt` on; tells when each dial was made. */
function play ({ backAt, random = 0.5, untilMs = 3_600_000 }: { backAt: number, random?: number, untilMs?: number }): { dials: number[], state: ReconnectState } {
  let state = RECONNECT_INITIAL, now = 0
  const dials: number[] = []
  const queue: ReconnectEvent['type'][] = ['start']
  while (now <= untilMs) {
    const type = queue.shift()
    if (type === undefined) return { dials, state }
    let effects: ReconnectEffect[]
    [state, effects] = reconnect(state, { type, now, random })
    for (const effect of effects) {
      if (effect.type === 'dial') {
        dials.push(now)
        queue.push(now >= backAt ? 'connected' : 'failed')
      }
      if (effect.type === 'wait') {
        now += effect.delayMs
        queue.push('timer')
      }
    }
  }
  return { dials, state }
}

describe('when the node is tried again', () => {
  it('is connected at once when the node is there', () => {
    const { dials, state } = play({ backAt: 0 })
    expect(dials).toEqual([0])
    expect(state).toEqual({ ...RECONNECT_INITIAL, status: 'connected' })
  })

  it('first retries after 200 to 300 ms', () => {
    for (const random of [0, 0.5, 1]) {
      const [first = 0, second = 0] = play({ backAt: 1000, random }).dials
      expect(second - first).toBeGreaterThanOrEqual(200)
      expect(second - first).toBeLessThanOrEqual(300)
    }
  })

  it.each([500, 3000, 8000, 20_000])('finds a node that was away for %i ms within a second of its return', (backAt) => {
    for (const random of [0, 0.5, 1]) {
      const found = play({ backAt, random }).dials.at(-1) ?? Infinity
      expect(found - backAt).toBeLessThan(1000)
    }
  })

  it('asks a node that is down for an hour about every five seconds, never more rarely', () => {
    const { dials } = play({ backAt: Infinity })
    const gaps = dials.slice(1).map((at, i) => at - (dials[i] ?? 0))
    expect(Math.max(...gaps)).toBe(RECONNECT_POLICY.maxDelayMs)
    expect(dials.length).toBeLessThan(1000)
  })

  it('tries at once when woken, and begins with small waits again', () => {
    const waiting: ReconnectState = { status: 'waiting', failures: 40, retryAt: 600_000, awaySince: 0 }
    const [dialing, effects] = reconnect(waiting, { type: 'wake', now: 595_001, random: 0.5 })
    expect(effects).toEqual([{ type: 'cancel-wait' }, { type: 'dial' }])
    expect(reconnect(dialing, { type: 'failed', now: 595_002, random: 0.5 })[1]).toEqual([{ type: 'wait', delayMs: 250 }])
  })

  it('tries at once after it gave a connection up itself, and waits a moment after the node ended it', () => {
    const connected: ReconnectState = { ...RECONNECT_INITIAL, status: 'connected' }
    expect(reconnect(connected, { type: 'dead', now: 1, random: 0.5 })[1]).toContainEqual({ type: 'dial' })
    expect(reconnect(connected, { type: 'lost', now: 1, random: 0.5 })[1]).toEqual([{ type: 'wait', delayMs: 250 }])
  })

  it('never dials twice at once, and never after it was stopped', () => {
    const [dialing] = reconnect(RECONNECT_INITIAL, { type: 'start', now: 0, random: 0 })
    for (const type of ['start', 'wake', 'timer', 'lost', 'dead'] as const) expect(reconnect(dialing, { type, now: 1, random: 0 })).toEqual([dialing, []])
    const [stopped] = reconnect(dialing, { type: 'stop', now: 2, random: 0 })
    for (const type of ['start', 'wake', 'timer', 'lost', 'dead', 'connected', 'failed'] as const) {
      expect(reconnect(stopped, { type, now: 3, random: 0 })).toEqual([stopped, []])
    }
  })
})
