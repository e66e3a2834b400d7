/** Presence of Alice, really sealed and signed, that the node or a member recorded and brings to Bob's device once more. */
import { signal } from '@preact/signals-core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DeviceKey } from '#shared/ids.ts'
import { loadDevice } from '../../identity/index.ts'
import type { Mesh, Remote, RoomPolicy } from '../../mesh/types.ts'
import { sealPresence, type PresenceContent, type SentPresence, type Stamp } from '../../protocols/presence/index.ts'
import { createScope, type Scope } from '../../state/scope.ts'
import { openBudgets } from '../../testing/open-budgets.ts'
import { copy, openKitchen, type Kitchen, type LogHolder } from '../../testing/room-logs.ts'
import { createExchange } from './exchange.ts'

const HOUR_MS = 3_600_000
let kitchen: Kitchen, scope: Scope
let alice: LogHolder, bob: LogHolder, carol: LogHolder
let policy: RoomPolicy
let deliverAddressed: (frame: Uint8Array<ArrayBuffer>, from: DeviceKey) => void
/** What has reached Bob. */
let heard: PresenceContent[]
/** What was addressed to Bob's device and not taken. */
let dropped: string[]

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  kitchen = await openKitchen()
  ;({ alice, bob, carol } = kitchen)
  scope = createScope((error) => { throw error })
  heard = []
  dropped = []
  startBob()
})

afterEach(async () => {
  scope.end()
  vi.useRealTimers()
  await kitchen[Symbol.asyncDispose]()
})

function startBob (): void {
  const mesh = {
    node: signal('offline'), links: signal(new Map()), drop: (reason: string) => dropped.push(reason), budgets: openBudgets(),
    enterRoom (_: unknown, given: RoomPolicy) {
      policy = given
      return { present: signal(new Set<DeviceKey>()), publish: () => Promise.resolve(0), refresh () {}, leave () {} }
    }
  } as unknown as Mesh
  const exchange = createExchange({
    log: bob.log, mesh, device: bob.device, scope,
    keys: { privateKey: bob.device.signing.privateKey, publicKey: new Uint8Array(32) },
    addressed: {
      send: () => true,
      enter (_, receive) {
        deliverAddressed = receive
        return () => {}
      }
    },
    sync: () => Promise.resolve(), holdsUpTo: () => true, onSeen: () => {}
  })
  exchange.events.on('presence', ({ content }) => heard.push(content))
}

const ring = (): SentPresence => ({ type: 'ring', user: bob.user, action: 'ring' })
const typing: SentPresence = { type: 'typing', until: 1 }

/** A frame as a device sends it now, in the epoch it would send in. */
async function sent (by: LogHolder, content: SentPresence, stamp: Partial<Stamp> = {}): Promise<Uint8Array<ArrayBuffer>> {
  const { roomTag, keyring, membership } = by.log
  const { key, signing, nextCount } = by.device
  return await sealPresence(
    { roomTag, device: key, signingKey: signing.privateKey, epoch: keyring.forSending(membership.peek())! },
    { content, sentAt: Date.now(), count: nextCount(), ...stamp })
}

/** What Bob's device makes of a frame: what it says, or why it is ignored. */
async function bring (frame: Uint8Array<ArrayBuffer>, from: Remote = 'node'): Promise<string> {
  const before = heard.length
  const verdict = await policy.validate(frame, from)
  if (verdict.verdict !== 'accept') return verdict.reason
  verdict.deliver()
  return heard.slice(before).map(({ type }) => type).join()
}

async function rotate (): Promise<void> {
  await alice.log.rotate()
  for (const other of [bob, carol]) await copy(alice, other)
}

describe('a ring', () => {
  it('that was recorded rings once, no matter who brings it again, and not at all after two rotations', async () => {
    const recorded = await sent(alice, ring()), kept = await sent(alice, ring())
    expect(await bring(recorded)).toBe('ring')
    expect(await bring(recorded)).toBe('presence-replayed')
    expect(await bring(recorded, carol.device.key)).toBe('presence-replayed')
    await rotate()
    expect(await bring(recorded)).toBe('presence-replayed')
    await rotate()
    expect(await bring(recorded)).toBe('presence-old-epoch')
    expect(await bring(kept)).toBe('presence-old-epoch')
    expect(heard).toEqual([ring()])
  })

  it('that was recorded does not ring a device that was started after two rotations, nor one that was started a day later', async () => {
    const recorded = await sent(alice, ring())
    vi.setSystemTime(Date.now() + 25 * HOUR_MS)
    startBob()
    expect(await bring(recorded)).toBe('presence-outdated')
    const later = await sent(alice, ring())
    await rotate()
    await rotate()
    startBob()
    expect(await bring(later)).toBe('presence-old-epoch')
  })

  it('that was under way while the key changed still rings', async () => {
    const frame = await sent(alice, ring())
    await rotate()
    expect(await bring(frame)).toBe('ring')
  })

  it('that was held back until the call was cancelled does not ring', async () => {
    const late = await sent(alice, ring())
    expect(await bring(await sent(alice, { type: 'ring', user: bob.user, action: 'cancelled' }))).toBe('ring')
    expect(await bring(late)).toBe('presence-overtaken')
    expect(await bring(await sent(alice, typing))).toBe('typing')
  })

  it('that is live still rings after a member has written rotations that nobody sends in', async () => {
    for (let i = 0; i < 3; i++) {
      const { keyring, membership } = carol.log
      const { rotation } = await keyring.rotate(keyring.all().at(-1)!, new Map([[carol.device.key, carol.device.encryptionKey]]))
      await carol.log.writeOperation({ type: 'rotate', rotation }, keyring.forSending(membership.peek())!)
    }
    await copy(carol, bob)
    expect(bob.log.membership.peek().epochs.length).toBe(4)
    expect(await bring(await sent(alice, ring()))).toBe('ring')
  })
})

it('an order of a moderator is carried out once, however it comes', async () => {
  const order = await sent(alice, { type: 'order', action: 'remove', device: bob.device.key, joinedAt: 1, at: Date.now() })
  expect(await bring(order)).toBe('order')
  expect(await bring(order, carol.device.key)).toBe('presence-replayed')
  deliverAddressed(order, carol.device.key)
  await expect.poll(() => dropped).toEqual(['presence-replayed'])
  await rotate()
  vi.setSystemTime(Date.now() + HOUR_MS)
  expect(await bring(order)).toBe('presence-replayed')
})

describe('typing', () => {
  it('that another carrier brings again is ignored, minutes later too', async () => {
    const recorded = await sent(alice, typing)
    expect(await bring(recorded)).toBe('typing')
    for (let i = 0; i < 5; i++) {
      vi.setSystemTime(Date.now() + 61_000)
      expect(await bring(await sent(alice, { type: 'ask' }))).toBe('ask')
      expect(await bring(recorded, carol.device.key)).toBe('presence-replayed')
    }
  })

  it('says nothing once what was said after it has come', async () => {
    const [first, stopped] = [await sent(alice, typing), await sent(alice, { type: 'typing', until: 0 })]
    expect([await bring(stopped), await bring(first)]).toEqual(['typing', 'presence-overtaken'])
  })

  it('of a device whose clock is set back by an hour is heard at once and from then on', async () => {
    expect(await bring(await sent(alice, typing))).toBe('typing')
    const back = (): number => Date.now() - HOUR_MS
    for (let i = 0; i < 3; i++) expect(await bring(await sent(alice, typing, { sentAt: back() }))).toBe('typing')
    vi.setSystemTime(back())
    const { nextCount } = await loadDevice(alice.database)
    vi.setSystemTime(Date.now() + HOUR_MS)
    expect(await bring(await sent(alice, typing, { sentAt: back(), count: nextCount() }))).toBe('typing')
  })

  it('of devices whose clocks are hours off is heard', async () => {
    for (const [by, hours] of [[alice, 9], [carol, -9]] as const) {
      for (let i = 0; i < 3; i++) expect(await bring(await sent(by, typing, { sentAt: Date.now() + hours * HOUR_MS }))).toBe('typing')
    }
  })
})

it('hashes of before say nothing once newer ones have come, and are heard once', async () => {
  const claim = (result: string): SentPresence => ({ type: 'agreement', law: 1, set: 'aa'.repeat(16), result: result.repeat(16) })
  const [old, current] = [await sent(alice, claim('01')), await sent(alice, claim('02'))]
  expect([await bring(current), await bring(old), await bring(current, carol.device.key)]).toEqual(['agreement', 'presence-overtaken', 'presence-replayed'])
  expect(heard).toEqual([claim('02')])
})

it('receipts that overtake each other are all heard, but for those from long before the newest', async () => {
  const receipt: SentPresence = { type: 'receipt', held: [] }
  const frames = [await sent(alice, receipt, { sentAt: Date.now() - 130_000 }), await sent(alice, receipt), await sent(alice, receipt), await sent(alice, receipt)]
  expect([await bring(frames[3]!), await bring(frames[1]!), await bring(frames[2]!)]).toEqual(['receipt', 'receipt', 'receipt'])
  expect(await bring(frames[0]!)).toBe('presence-outdated')
})

it('what is remembered of a device is bounded, and what was forgotten is not taken again', async () => {
  const first = await sent(alice, { type: 'read', read: [] })
  expect(await bring(first)).toBe('read')
  for (let i = 0; i < 400; i++) await bring(await sent(alice, { type: 'read', read: [] }))
  expect(await bring(first)).toBe('presence-replayed')
})
