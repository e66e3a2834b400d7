import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import {
  ANNOUNCE_EVERY_MS, COURTESY_MS, CROSSING_MS, DISCONNECTED_PATIENCE_MS, FAILED_AFTER_ATTEMPTS, hasMedia, idleCall, LINK_TIMEOUT_MS, mediaStatus, nextTickAt, NO_MEDIA,
  OPEN_TIMEOUT_MS, RECOVER_TIMEOUT_MS, stepCall, type CallEffect, type CallEvent, type CallState, type MediaFlags
} from './machine.ts'

const ALICE = 'aa' as DeviceKey, BOB = 'bb' as DeviceKey, CAROL = 'cc' as DeviceKey
const KITCHEN = 'kitchen' as RoomTag, CELLAR = 'cellar' as RoomTag
const TALKING: MediaFlags = { ...NO_MEDIA, microphone: true }

/** One device with its own clock: events in, effects out. */
function device (self: DeviceKey) {
  let state = idleCall(self)
  let at = 1000
  const step = (event: CallEvent): CallEffect[] => {
    const [next, effects] = stepCall(state, event)
    state = next
    return effects
  }
  return {
    step,
    get at () { return at },
    get state () { return state },
    peer: (key: DeviceKey) => state.peers.get(key),
    join: (...present: DeviceKey[]) => step({ type: 'join', at, roomTag: KITCHEN, media: TALKING, present }),
    present: (key: DeviceKey, isNewcomer = true) => step({ type: 'present', at, device: key, isNewcomer }),
    opened: (key: DeviceKey, stream: number, resumes = false) => step({ type: 'opened', at, device: key, stream, resumes }),
    called: (key: DeviceKey, stream = state.nextStream, resumes = false) => step({ type: 'called', at, device: key, stream, resumes }),
    ended: (key: DeviceKey, stream: number) => step({ type: 'ended', at, device: key, stream }),
    link: (key: DeviceKey, to: 'connected' | 'disconnected' | 'failed') => step({ type: 'link', at, device: key, state: to }),
    /** Lets time go to the next thing that is due, and does it. */
    wait (ms: number): CallEffect[] {
      const effects: CallEffect[] = []
      const until = at + ms
      for (let due = nextTickAt(state); due <= until; due = nextTickAt(state)) {
        at = Math.max(at, due)
        effects.push(...step({ type: 'tick', at }))
      }
      at = until
      return effects
    }
  }
}
const about = (effects: CallEffect[]): string[] => effects.filter(({ type }) => type !== 'announce').map(({ type }) => type)

describe('a call', () => {
  it('begins with whoever is in it: the newcomer calls and offers', () => {
    const bob = device(BOB)
    expect(bob.join(ALICE)).toEqual([
      { type: 'announce', roomTag: KITCHEN, media: TALKING },
      { type: 'open', device: ALICE, stream: 1 }
    ])
    expect(bob.opened(ALICE, 1)).toEqual([{ type: 'connect', device: ALICE, stream: 1, offers: true }])
    bob.link(ALICE, 'connected')
    expect(mediaStatus(bob.peer(ALICE))).toBe('connected')
  })

  it('is answered by whoever was there', () => {
    const alice = device(ALICE)
    alice.join()
    alice.present(BOB)
    expect(alice.called(BOB)).toEqual([{ type: 'connect', device: BOB, stream: 1, offers: false }])
  })

  it('is opened by the first when the newcomer does not call', () => {
    const alice = device(ALICE)
    alice.join()
    expect(alice.present(BOB)).toEqual([])
    expect(about(alice.wait(COURTESY_MS))).toEqual(['open'])
  })

  it('with both calling at once goes on over the stream of the smaller key, on both sides', () => {
    const alice = device(ALICE), bob = device(BOB)
    alice.join(BOB)
    bob.join(ALICE)
    // Bob's call reaches Alice, Alice's reaches Bob.
    expect(about(alice.called(BOB, 2))).toEqual(['close-stream'])
    expect(alice.peer(BOB)).toMatchObject({ status: 'opening', stream: 1 })
    expect(bob.called(ALICE, 2)).toEqual([
      { type: 'close-stream', device: ALICE, stream: 1 },
      { type: 'connect', device: ALICE, stream: 2, offers: false }
    ])
    expect(alice.opened(BOB, 1)).toEqual([{ type: 'connect', device: BOB, stream: 1, offers: true }])
    // Each hears late that the other stream is over.
    expect(alice.ended(BOB, 2)).toEqual([])
    expect(bob.ended(ALICE, 1)).toEqual([])
    expect(bob.peer(ALICE)).toMatchObject({ status: 'linking', stream: 2 })
  })

  it('refuses those who call while this device is in none', () => {
    expect(device(ALICE).called(BOB)).toEqual([{ type: 'close-stream', device: BOB, stream: 1 }])
  })

  it('is announced again and again, and with every change', () => {
    const alice = device(ALICE)
    alice.join()
    expect(alice.wait(ANNOUNCE_EVERY_MS)).toEqual([{ type: 'announce', roomTag: KITCHEN, media: TALKING }])
    expect(alice.step({ type: 'media', at: alice.at, media: NO_MEDIA })).toEqual([
      { type: 'tell-media', media: NO_MEDIA },
      { type: 'announce', roomTag: KITCHEN, media: NO_MEDIA }
    ])
  })

  it('ends for all when it is left, and leaves nothing behind', () => {
    const alice = device(ALICE)
    alice.join(BOB, CAROL)
    alice.opened(BOB, 1)
    expect(alice.step({ type: 'leave' })).toEqual([
      { type: 'announce', roomTag: KITCHEN, media: null },
      { type: 'disconnect', device: BOB },
      { type: 'disconnect', device: CAROL }
    ])
    expect(alice.state.peers.size).toBe(0)
    expect(nextTickAt(alice.state)).toBe(Infinity)
    expect(alice.opened(CAROL, 2)).toEqual([])
    expect(alice.link(BOB, 'failed')).toEqual([])
  })

  it('of another room ends the one before', () => {
    const alice = device(ALICE)
    alice.join(BOB)
    expect(about(alice.step({ type: 'join', at: alice.at, roomTag: CELLAR, media: TALKING, present: [] }))).toEqual(['disconnect'])
    expect(alice.state.roomTag).toBe(CELLAR)
  })

  it('is ended at once with somebody who is removed from the room', () => {
    const alice = device(ALICE)
    alice.join(BOB)
    alice.opened(BOB, 1)
    alice.link(BOB, 'connected')
    expect(alice.step({ type: 'absent', device: BOB })).toEqual([{ type: 'disconnect', device: BOB }])
    expect(alice.step({ type: 'absent', device: BOB })).toEqual([])
  })
})

describe('trouble in a call', () => {
  const connected = (self = ALICE, other = BOB) => {
    const one = device(self)
    one.join(other)
    one.opened(other, 1)
    one.link(other, 'connected')
    return one
  }

  it('that heals by itself costs nothing', () => {
    const alice = connected()
    alice.link(BOB, 'disconnected')
    expect(about(alice.wait(DISCONNECTED_PATIENCE_MS - 1))).toEqual([])
    alice.link(BOB, 'connected')
    expect(about(alice.wait(60_000))).toEqual([])
  })

  it('that lasts leads to another path, then to another connection', () => {
    const alice = connected()
    alice.link(BOB, 'disconnected')
    expect(about(alice.wait(DISCONNECTED_PATIENCE_MS))).toEqual(['restart'])
    expect(about(alice.wait(RECOVER_TIMEOUT_MS))).toEqual(['give-up', 'open'])
  })

  it('that is final restarts at once', () => {
    const alice = connected()
    expect(alice.link(BOB, 'failed')).toEqual([{ type: 'restart', device: BOB }])
    expect(about(alice.link(BOB, 'failed'))).toEqual(['give-up'])
  })

  it('of the network is looked for with every connection when the machine wakes', () => {
    const alice = connected()
    expect(alice.step({ type: 'wake', at: alice.at })).toEqual([{ type: 'restart', device: BOB }])
  })

  it('of everything is tried again as soon as the node is back, not when the next attempt is due, and with the connection there is', () => {
    const alice = connected()
    alice.link(BOB, 'disconnected')
    expect(alice.ended(BOB, 1)).toEqual([])
    expect(alice.step({ type: 'reachable', at: alice.at }).map(({ type }) => type)).toEqual(['announce', 'open'])
    expect(alice.opened(BOB, 2, true)).toEqual([{ type: 'resume', device: BOB, stream: 2, restarts: true }])
    alice.link(BOB, 'connected')
    expect(mediaStatus(alice.peer(BOB))).toBe('connected')
  })

  it('of the stream alone is mended as soon as the node is back, so that it is there when a search is to be told', () => {
    const alice = connected()
    alice.ended(BOB, 1)
    expect(about(alice.step({ type: 'reachable', at: alice.at }))).toEqual(['open'])
    alice.opened(BOB, 2, true)
    expect(alice.step({ type: 'wake', at: alice.at })).toEqual([{ type: 'restart', device: BOB }])
    // The other side would cross it.
    const bob = device(BOB)
    bob.join()
    bob.called(ALICE)
    bob.link(ALICE, 'connected')
    bob.ended(ALICE, 1)
    expect(about(bob.step({ type: 'reachable', at: bob.at }))).toEqual([])
  })

  it('of the stream that both mend at once is mended by that of the smaller key, in whichever order they hear of each other', () => {
    for (const hearsFirst of ['alice', 'bob', 'both'] as const) {
      // Bob has offered; it is Alice whose network is another one, and who opens a stream though she does not offer.
      const bob = connected(BOB, ALICE)
      const alice = device(ALICE)
      alice.join()
      alice.called(BOB)
      alice.link(BOB, 'connected')
      for (const [one, other] of [[alice, BOB], [bob, ALICE]] as const) one.ended(other, 1)
      expect(about(bob.wait(1000))).toEqual(['open'])
      expect(about(alice.step({ type: 'wake', at: alice.at }))).toEqual(['open'])
      const mine = alice.peer(BOB), his = bob.peer(ALICE)
      if (mine?.status !== 'recovering' || his?.status !== 'connected' || mine.stream === null || his.stream === null) throw new Error('no stream is being opened')

      if (hearsFirst === 'bob') alice.opened(BOB, mine.stream, true)
      expect(about(alice.called(BOB, alice.state.nextStream, true))).toEqual(['close-stream'])
      if (hearsFirst === 'alice') expect(about(bob.opened(ALICE, his.stream, true))).toEqual(['resume'])
      expect(about(bob.called(ALICE, bob.state.nextStream, true))).toEqual(['close-stream', 'resume'])
      if (hearsFirst !== 'bob') expect(alice.opened(BOB, mine.stream, true)).toMatchObject([{ type: 'resume', restarts: true }])
      expect(alice.peer(BOB)).toMatchObject({ stream: mine.stream })
      // And his own, which she has not taken, is nothing to him.
      bob.ended(ALICE, his.stream)
      expect(bob.peer(ALICE)).toMatchObject({ stream: his.stream + 1 })

      // Later it is no crossing: his side has lost the stream, and hers has not heard of it yet.
      alice.wait(CROSSING_MS)
      expect(about(alice.called(BOB, alice.state.nextStream, true))).toEqual(['close-stream', 'resume'])
    }
  })

  it('of the node is no loss of whom media comes from', () => {
    const alice = connected()
    expect(hasMedia(alice.state, BOB)).toBe(true)
    alice.link(BOB, 'disconnected')
    expect(hasMedia(alice.state, BOB)).toBe(true)
    alice.link(BOB, 'failed')
    alice.wait(RECOVER_TIMEOUT_MS)
    expect(hasMedia(alice.state, BOB)).toBe(false)
    expect(hasMedia(alice.state, CAROL)).toBe(false)
  })

  it('of everything, with a search that was told over the dead stream, is told again over the next', () => {
    const alice = connected()
    expect(about(alice.step({ type: 'wake', at: alice.at }))).toEqual(['restart'])
    alice.ended(BOB, 1)
    expect(about(alice.wait(1000))).toEqual(['open'])
    expect(alice.opened(BOB, 2, true)).toMatchObject([{ type: 'resume', restarts: true }])
    // Who had to be asked for another stream says it too.
    const bob = connected(BOB, ALICE)
    bob.link(ALICE, 'disconnected')
    expect(bob.called(ALICE, 2, true)).toMatchObject([{ type: 'close-stream' }, { type: 'resume', restarts: true }])
  })

  it('with no stream when the machine wakes opens one at once, whichever side it is', () => {
    const bob = device(BOB)
    bob.join()
    bob.present(ALICE)
    bob.called(ALICE)
    bob.link(ALICE, 'connected')
    bob.ended(ALICE, 1)
    expect(about(bob.wait(60_000))).toEqual([])
    expect(about(bob.step({ type: 'wake', at: bob.at }))).toEqual(['open'])
    expect(bob.opened(ALICE, 2, true)).toMatchObject([{ type: 'resume', restarts: true }])
  })

  it('with no stream to tell it over is given up in time for a fresh connection', () => {
    const alice = connected()
    alice.link(BOB, 'disconnected')
    alice.ended(BOB, 1)
    for (let i = 0; i < 100 && alice.peer(BOB)?.status === 'recovering'; i++) {
      alice.wait(500)
      const peer = alice.peer(BOB)
      if (peer?.status === 'recovering' && peer.stream !== null) alice.ended(BOB, peer.stream)
    }
    expect(alice.peer(BOB)?.status).toBe('waiting')
    expect(alice.at).toBeLessThanOrEqual(1000 + RECOVER_TIMEOUT_MS + 1000)
  })

  it('of a sleep longer than every deadline heals, in whichever order its parts come to light', () => {
    const parts = {
      wake: (one: ReturnType<typeof device>) => one.step({ type: 'wake', at: one.at }),
      reachable: (one: ReturnType<typeof device>) => one.step({ type: 'reachable', at: one.at }),
      lost: (one: ReturnType<typeof device>) => one.link(BOB, 'disconnected'),
      failed: (one: ReturnType<typeof device>) => one.link(BOB, 'failed'),
      ended: (one: ReturnType<typeof device>) => one.ended(BOB, 1),
      late: (one: ReturnType<typeof device>) => one.wait(3_600_000)
    }
    fc.assert(fc.property(fc.shuffledSubarray(Object.keys(parts) as (keyof typeof parts)[]), fc.boolean(), (order, doesRemember) => {
      const alice = connected()
      for (const part of ['ended', ...order] as const) parts[part](alice)
      // From now on the network works: what is opened opens, and what is searched is found.
      for (let i = 0; i < 200 && alice.peer(BOB)?.status !== 'connected'; i++) {
        alice.wait(500)
        const peer = alice.peer(BOB)
        if (peer !== undefined && peer.status !== 'waiting' && peer.stream !== null) alice.opened(BOB, peer.stream, doesRemember && peer.status !== 'opening')
        if (peer?.status === 'linking' || peer?.status === 'recovering') alice.link(BOB, 'connected')
      }
      expect(mediaStatus(alice.peer(BOB))).toBe('connected')
    }))
  })

  it('of the stream alone does not touch the media; the side that offered opens another', () => {
    const alice = connected()
    expect(alice.ended(BOB, 1)).toEqual([])
    expect(mediaStatus(alice.peer(BOB))).toBe('connected')
    expect(about(alice.wait(1000))).toEqual(['open'])
    expect(alice.opened(BOB, 2, true)).toEqual([{ type: 'resume', device: BOB, stream: 2, restarts: false }])
    expect(alice.peer(BOB)).toMatchObject({ status: 'connected', stream: 2 })
  })

  it('of the stream with media gone too begins anew', () => {
    const alice = connected()
    alice.ended(BOB, 1)
    expect(about(alice.link(BOB, 'failed'))).toEqual(['give-up'])
    expect(about(alice.wait(2000))).toEqual(['open'])
  })

  it('with a peer that reloads ends in a fresh connection when it calls again', () => {
    const alice = connected()
    expect(alice.called(BOB, 2)).toEqual([
      { type: 'close-stream', device: BOB, stream: 1 },
      { type: 'connect', device: BOB, stream: 2, offers: false }
    ])
  })

  it('that does not end is told after some attempts and tried on for as long as the other is there', () => {
    const alice = device(ALICE)
    alice.join(BOB)
    let opens = 1
    for (let i = 0; i < FAILED_AFTER_ATTEMPTS; i++) opens += alice.wait(OPEN_TIMEOUT_MS + 16_000).filter(({ type }) => type === 'open').length
    expect(mediaStatus(alice.peer(BOB))).toBe('failed')
    expect(opens).toBeGreaterThanOrEqual(FAILED_AFTER_ATTEMPTS)
    expect(about(alice.wait(60_000))).toContain('open')
  })

  it('a connection that is never made is given up in time', () => {
    const alice = device(ALICE)
    alice.join(BOB)
    alice.opened(BOB, 1)
    expect(about(alice.wait(LINK_TIMEOUT_MS))).toEqual(['give-up'])
  })
})

it('no order of events throws, doubles a connection or leaves one behind', () => {
  const keys = fc.constantFrom(ALICE, BOB, CAROL)
  const stream = fc.integer({ min: 0, max: 6 })
  const at = fc.constant(0)
  const event = fc.oneof(
    fc.record({ type: fc.constant('join' as const), at, roomTag: fc.constantFrom(KITCHEN, CELLAR), media: fc.constant(TALKING), present: fc.array(keys, { maxLength: 3 }) }),
    fc.record({ type: fc.constant('leave' as const) }),
    fc.record({ type: fc.constant('present' as const), at, device: keys, isNewcomer: fc.boolean() }),
    fc.record({ type: fc.constant('absent' as const), device: keys }),
    fc.record({ type: fc.constantFrom('opened' as const, 'called' as const), at, device: keys, stream, resumes: fc.boolean() }),
    fc.record({ type: fc.constant('ended' as const), at, device: keys, stream }),
    fc.record({ type: fc.constant('link' as const), at, device: keys, state: fc.constantFrom('connected' as const, 'disconnected' as const, 'failed' as const) }),
    fc.record({ type: fc.constantFrom('wake' as const, 'reachable' as const), at }),
    fc.record({ type: fc.constant('tick' as const), at })
  )
  fc.assert(fc.property(fc.array(fc.tuple(event, fc.integer({ min: 0, max: 20_000 })), { maxLength: 60 }), (events) => {
    let state: CallState = idleCall(BOB)
    let now = 0
    const live = new Set<DeviceKey>()
    for (const [raw, delta] of events) {
      now += delta
      const [next, effects] = stepCall(state, 'at' in raw ? { ...raw, at: now } : raw)
      state = next
      for (const effect of effects) {
        if (effect.type === 'connect') live.add(effect.device)
        if (effect.type === 'disconnect' || effect.type === 'give-up') live.delete(effect.device)
        if (effect.type === 'restart' || effect.type === 'resume') expect(live.has(effect.device)).toBe(true)
      }
      expect(state.peers.has(BOB)).toBe(false)
      for (const key of live) expect(state.peers.get(key)?.status).not.toBe('waiting')
    }
    const [, effects] = stepCall(state, { type: 'leave' })
    for (const effect of effects) if (effect.type === 'disconnect') live.delete(effect.device)
    expect([...live]).toEqual([])
  }), { numRuns: 500 })
})
