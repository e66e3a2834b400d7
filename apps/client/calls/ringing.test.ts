import { describe, expect, it } from 'vitest'
import type { RoomTag, UserKey } from '#shared/ids.ts'
import { quiet, RING_EVERY_MS, RING_FOR_MS, RING_SILENCE_MS, RINGS_MAX, RINGS_WITHIN_MS, stepRing, type RingAction, type RingEvent, type RingState } from './ringing.ts'

const BOB = 'bob' as UserKey
const DIRECT = 'direct' as RoomTag, OTHER = 'other' as RoomTag

/** A device with its own clock: what it says, and what it shows. */
function device () {
  let state: RingState = quiet
  let at = 1000
  const step = (event: RingEvent): RingAction[] => {
    const [next, effects] = stepRing(state, event)
    state = next
    return effects.map(({ action }) => action)
  }
  return {
    step,
    get at () { return at },
    get state () { return state },
    heard: (action: RingAction, isInCall = false, roomTag = DIRECT) => step({ type: 'heard', at, roomTag, from: BOB, action, isInCall }),
    wait (ms: number): RingAction[] {
      at += ms
      return step({ type: 'tick', at })
    }
  }
}

describe('ringing', () => {
  it('goes on until it is answered, and says so when nobody does', () => {
    const alice = device()
    expect(alice.step({ type: 'call', at: alice.at, roomTag: DIRECT, to: BOB })).toEqual(['ring'])
    expect(alice.wait(RING_EVERY_MS)).toEqual(['ring'])
    expect(alice.wait(RING_FOR_MS)).toEqual(['cancelled'])
    expect(alice.state.outgoing?.status).toBe('unanswered')
  })

  it('tells that the other has declined, or is busy', () => {
    for (const answer of ['declined', 'busy'] as const) {
      const alice = device()
      alice.step({ type: 'call', at: alice.at, roomTag: DIRECT, to: BOB })
      alice.heard(answer)
      expect(alice.state.outgoing?.status).toBe(answer)
      expect(alice.wait(RING_EVERY_MS)).toEqual([])
    }
  })

  it('is a yes from both when both ring at once', () => {
    const alice = device()
    alice.step({ type: 'call', at: alice.at, roomTag: DIRECT, to: BOB })
    expect(alice.heard('ring', true)).toEqual([])
    expect(alice.state.incoming).toBeNull()
    alice.step({ type: 'met', roomTag: DIRECT })
    expect(alice.state.outgoing).toBeNull()
  })

  it('that was declined is not shown again while it goes on', () => {
    const alice = device()
    alice.heard('ring')
    expect(alice.step({ type: 'decline', at: alice.at })).toEqual(['declined'])
    for (let n = 0; n < 10; n++) {
      alice.wait(RING_EVERY_MS)
      alice.heard('ring')
      expect(alice.state.incoming).toBeNull()
    }
    alice.wait(RING_SILENCE_MS)
    alice.heard('ring')
    expect(alice.state.incoming?.from).toBe(BOB)
  })

  it('rings again after it was declined and hung up: that is another call', () => {
    const alice = device()
    alice.heard('ring')
    alice.step({ type: 'decline', at: alice.at })
    alice.heard('cancelled')
    alice.heard('ring')
    expect(alice.state.incoming?.from).toBe(BOB)
  })

  it('is told to be over by whoever hangs up, also after a no', () => {
    for (const answer of ['declined', 'busy'] as const) {
      const alice = device()
      alice.step({ type: 'call', at: alice.at, roomTag: DIRECT, to: BOB })
      alice.heard(answer)
      expect(alice.step({ type: 'hung-up', roomTag: DIRECT })).toEqual(['cancelled'])
    }
  })

  it('is answered by coming into the call, by whatever door', () => {
    const alice = device()
    alice.heard('ring')
    expect(alice.step({ type: 'joined', roomTag: OTHER })).toEqual([])
    expect(alice.step({ type: 'joined', roomTag: DIRECT })).toEqual(['accepted'])
    expect(alice.state.incoming).toBeNull()
  })

  it('ends when it is cancelled, or falls silent', () => {
    const alice = device()
    alice.heard('ring')
    alice.heard('cancelled')
    expect(alice.state.incoming).toBeNull()
    alice.heard('ring')
    alice.wait(RING_SILENCE_MS)
    expect(alice.state.incoming).toBeNull()
  })
})

describe('a flood of rings', () => {
  it('is heard a few times in ten minutes, however often it stops and begins', () => {
    const alice = device()
    let shown = 0
    const flood = (times: number): void => {
      for (let n = 0; n < times; n++) {
        alice.heard('ring')
        if (alice.state.incoming !== null) shown++
        alice.heard('cancelled')
        alice.wait(10)
      }
    }
    flood(1000)
    expect(shown).toBe(RINGS_MAX)
    expect(alice.state.rung.get(DIRECT)).toHaveLength(RINGS_MAX)
    // Somebody else is heard all the same.
    alice.heard('ring', false, OTHER)
    expect(alice.state.incoming?.roomTag).toBe(OTHER)
    alice.heard('cancelled', false, OTHER)
    alice.wait(RINGS_WITHIN_MS)
    flood(1)
    expect(shown).toBe(RINGS_MAX + 1)
  })

  it('is answered "busy" no more often than an honest ring is said', () => {
    const alice = device()
    let answers = 0
    for (let n = 0; n < 1000; n++) {
      answers += alice.heard('ring', true).length
      alice.wait(10)
    }
    expect(answers).toBe(Math.ceil(1000 * 10 / RING_EVERY_MS))
  })
})
