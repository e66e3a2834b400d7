import { signal, type Signal } from '@preact/signals-core'
import { afterEach, describe, expect, it } from 'vitest'
import { createLimiter } from '../../../../bootstrap/limits/index.ts'
import { createAddressed as createNodeSide } from '../../../../bootstrap/mailbox/addressed.ts'
import { createHolders } from '../../../../bootstrap/mailbox/holders.ts'
import type { AccountId, DeviceKey, DevTag, RoomTag } from '#shared/ids.ts'
import { ADDRESSED_PROTOCOL, encodeAddressed } from '#shared/wire/addressed.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { createFramePair } from '#shared/wire/testing/frame-pair.ts'
import { BUDGETS } from '../../budgets.ts'
import type { Mesh, PeerLink, Remote } from '../../mesh/types.ts'
import { openBudgets } from '../../testing/open-budgets.ts'
import { createAddressed, type Addressed } from './index.ts'

const KITCHEN = '11'.repeat(16) as RoomTag
const LOG = '33'.repeat(16) as DevTag
const ends: (() => void)[] = []
afterEach(() => { for (const end of ends.splice(0)) end() })

interface Device {
  key: DeviceKey
  addressed: Addressed
  node: Signal<Mesh['node']['value']>
  links: Signal<ReadonlyMap<DeviceKey, PeerLink>>
  heard: { frame: number[], from: Remote }[]
  dropped: string[]
  /** To whom streams were opened. */
  opened: Remote[]
}

class UnsupportedProtocolError extends Error { override name = 'UnsupportedProtocolError' }

/** Devices at the real node side of the protocol, over streams in memory; `older` ones, the node too, speak no such protocol. */
function openWorld (older: Remote[] = []) {
  const limiter = createLimiter()
  const nodeSide = createNodeSide({ limiter, holders: createHolders({ maxPositions: 100, maxPerAccount: 100, refuse () {} }), accountOf: (device) => device as string as AccountId, isMember: () => true, isThere: () => true })
  const handlers = new Map<DeviceKey, (stream: FrameStream, from: DeviceKey) => Promise<void>>()
  const passing: { to: Remote, bytes: Uint8Array }[] = []
  const join = (byte: string): Device => {
    const key = byte.repeat(32) as DeviceKey
    const device: Omit<Device, 'addressed'> = { key, node: signal('offline'), links: signal(new Map()), heard: [], dropped: [], opened: [] }
    const drop = (reason: string): void => { device.dropped.push(reason) }
    const mesh: Pick<Mesh, 'open' | 'handle' | 'links' | 'node' | 'drop' | 'budgets'> = {
      budgets: openBudgets(drop),
      node: device.node,
      links: device.links,
      drop,
      handle (protocol, handler) {
        if (protocol === ADDRESSED_PROTOCOL) handlers.set(key, handler)
        return () => {}
      },
      open (remote) {
        device.opened.push(remote)
        const handler = remote === 'node' ? nodeSide.serve : handlers.get(remote)
        if (handler === undefined || older.includes(remote)) return Promise.reject(new UnsupportedProtocolError('older'))
        const pair = createFramePair({ onFrame: (bytes, side) => { passing.push({ to: side === 'a' ? remote : key, bytes }) } })
        handler(pair.b, key).catch((error: unknown) => pair.b.abort(error as Error))
        return Promise.resolve(pair.a)
      }
    }
    const addressed = createAddressed({ mesh, localKey: key })
    ends.push(() => addressed.stop())
    addressed.enter(KITCHEN, (frame, from) => { device.heard.push({ frame: [...frame], from }) })
    return { ...device, addressed }
  }
  return { join, passing, handlers }
}

const online = async (...devices: Device[]): Promise<void> => {
  for (const device of devices) device.node.value = 'online'
  for (const device of devices) await expect.poll(() => device.addressed.send(KITCHEN, device.key, Uint8Array.of(0))).toBe(true)
  for (const device of devices) await expect.poll(() => device.heard.splice(0).length).toBeGreaterThan(0)
}
const link = (a: Device, b: Device, path: PeerLink['path']): void => {
  for (const [one, other] of [[a, b], [b, a]] as const) {
    one.links.value = new Map([...one.links.value, [other.key, { device: other.key, path, latencyMs: null, passport: null, protocol: 'meets' }]])
  }
}

describe('a frame for one device', () => {
  it('goes by the node where there is no direct link, and a third device gets nothing of it', async () => {
    const { join, passing } = openWorld()
    const [alice, bob, carol] = [join('aa'), join('bb'), join('cc')]
    await online(alice, bob, carol)
    link(alice, bob, 'relayed')
    expect(bob.addressed.send(KITCHEN, alice.key, Uint8Array.of(1))).toBe(true)
    await expect.poll(() => alice.heard).toEqual([{ frame: [1], from: 'node' }])
    const toAlice = encodeAddressed({ type: 'frame', room: KITCHEN, device: alice.key, frame: Uint8Array.of(1) })
    expect(passing.filter(({ bytes }) => Buffer.from(bytes).equals(toAlice)).map(({ to }) => to)).toEqual(['node', alice.key])
    expect(carol.heard).toEqual([])
  })

  it('goes over the direct link where there is one, on one stream for many', async () => {
    const { join, passing } = openWorld()
    const [alice, bob] = [join('aa'), join('bb')]
    await online(alice, bob)
    passing.length = 0
    link(alice, bob, 'direct')
    for (const what of [1, 2, 3]) bob.addressed.send(KITCHEN, alice.key, Uint8Array.of(what))
    await expect.poll(() => alice.heard.map(({ frame, from }) => [...frame, from])).toEqual([[1, bob.key], [2, bob.key], [3, bob.key]])
    expect(bob.opened.filter((remote) => remote === alice.key)).toHaveLength(1)
    expect(passing.map(({ to }) => to)).toEqual([alice.key, alice.key, alice.key])
  })

  it('goes nowhere, and says so, where there is neither', () => {
    const { join } = openWorld()
    const bob = join('bb')
    expect(bob.addressed.send(KITCHEN, 'aa'.repeat(32) as DeviceKey, Uint8Array.of(1))).toBe(false)
  })

  it('is charged to the end of the link that it comes by, and is dropped above its budget', async () => {
    const { join, handlers } = openWorld()
    const alice = join('aa')
    const mallory = 'ee'.repeat(32) as DeviceKey
    const pair = createFramePair()
    handlers.get(alice.key)?.(pair.b, mallory).catch(() => {})
    const { burst } = BUDGETS.carried
    const bytes = encodeAddressed({ type: 'frame', room: KITCHEN, device: alice.key, frame: Uint8Array.of(1) })
    for (let nth = 0; nth < 2 * burst && !alice.dropped.includes('over-carried'); nth++) await pair.a.send(bytes)
    await expect.poll(() => alice.dropped).toContain('over-carried')
    expect(alice.heard.length).toBeGreaterThanOrEqual(burst)
  })

  it('that is none is charged to the neighbour who sent it as forged', async () => {
    const { join, handlers } = openWorld()
    const alice = join('aa')
    const mallory = 'ee'.repeat(32) as DeviceKey
    for (let nth = 0; nth < 2 * BUDGETS.forged.burst; nth++) {
      const pair = createFramePair()
      const ended = handlers.get(alice.key)?.(pair.b, mallory)
      await pair.a.send(Uint8Array.of(1, 2, 3))
      await expect(ended).rejects.toThrow()
    }
    expect(alice.dropped).toContain('over-forged')
  })

  it('that a neighbour hands to another device, or of a room it does not know, is not read there', async () => {
    const { join, handlers } = openWorld()
    const alice = join('aa')
    const carol = 'cc'.repeat(32) as DeviceKey
    const pair = createFramePair()
    handlers.get(alice.key)?.(pair.b, 'bb'.repeat(32) as DeviceKey).catch(() => {})
    await pair.a.send(encodeAddressed({ type: 'frame', room: KITCHEN, device: carol, frame: Uint8Array.of(1) }))
    await pair.a.send(encodeAddressed({ type: 'frame', room: '12'.repeat(16) as RoomTag, device: alice.key, frame: Uint8Array.of(2) }))
    await pair.a.send(encodeAddressed({ type: 'counted', request: 1, devices: 9 }))
    await pair.a.send(encodeAddressed({ type: 'frame', room: KITCHEN, device: alice.key, frame: Uint8Array.of(3) }))
    await expect.poll(() => alice.heard.map(({ frame }) => frame)).toEqual([[3]])
    expect(alice.dropped).toEqual(['addressed-to-another', 'addressed-to-unknown-room', 'addressed-unexpected'])
  })
})

describe('a device of an older version', () => {
  it('gets nothing by it over a direct link, and is asked once', async () => {
    const alice = 'aa'.repeat(32) as DeviceKey
    const { join } = openWorld([alice])
    const [there, bob] = [join('aa'), join('bb')]
    link(there, bob, 'direct')
    for (const what of [1, 2]) bob.addressed.send(KITCHEN, alice, Uint8Array.of(what))
    await expect.poll(() => bob.dropped).toContain('addressed-unsent')
    bob.addressed.send(KITCHEN, alice, Uint8Array.of(3))
    await expect.poll(() => bob.dropped).toContain('addressed-not-spoken')
    expect(bob.opened).toEqual([alice])
    expect(there.heard).toEqual([])
  })

  it('that is the node is asked again when it comes back, and not before', async () => {
    const { join } = openWorld(['node'])
    const bob = join('bb')
    bob.node.value = 'online'
    await expect.poll(() => bob.opened).toEqual(['node'])
    expect(bob.addressed.send(KITCHEN, 'aa'.repeat(32) as DeviceKey, Uint8Array.of(1))).toBe(false)
    expect(await bob.addressed.countHolders(KITCHEN, { devTag: LOG, seq: 1 })).toBeNull()
    bob.node.value = 'offline'
    bob.node.value = 'online'
    await expect.poll(() => bob.opened).toEqual(['node', 'node'])
  })
})

it('how many devices hold a message is what they have told the node', async () => {
  const { join } = openWorld()
  const [alice, bob, carol] = [join('aa'), join('bb'), join('cc')]
  await online(alice, bob, carol)
  for (const device of [bob, carol]) device.addressed.tellHeld(KITCHEN, [{ devTag: LOG, seq: 4 }])
  await expect.poll(async () => await alice.addressed.countHolders(KITCHEN, { devTag: LOG, seq: 4 })).toBe(2)
  expect(await alice.addressed.countHolders(KITCHEN, { devTag: LOG, seq: 5 })).toBe(0)
})
