/** What a device may do before it has shown a passport, and after its passport has ended: a real relay, real clients. */
import type { MessageStream, StreamMuxerFactory } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { performance } from 'node:perf_hooks'
import { describe, expect, it } from 'vitest'
import { createMeshWorld, KITCHEN, type MeshWorldOptions, type Person } from '../../apps/client/testing/mesh-world.ts'
import { deviceKeyThumbprint } from '#shared/http/passport.ts'
import { topicOf } from '#shared/wire/gossip.ts'
import { HOP_PROTOCOL } from './circuits.ts'

const soon = { timeout: 15_000, interval: 10 }
const ECHO = '/test/echo/1'

/** What a device may send in place of its first frame of Yamux, after which the node has nothing to multiplex any more. */
const FAREWELLS = {
  'says goodbye': Uint8Array.of(0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  'breaks the protocol': Uint8Array.of(9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9),
  'ends the connection': null
} as const

/** Connects again and again past the app, and ends each connection in the moment it is made. */
async function comeAndGo (port: number, peerId: string, farewell: Uint8Array | null, times: number): Promise<void> {
  const muxer = (): StreamMuxerFactory => ({
    protocol: '/yamux/1.0.0',
    createStreamMuxer (stream: MessageStream) {
      const made = (yamux({ enableKeepAlive: false })() as StreamMuxerFactory).createStreamMuxer(stream)
      if (farewell === null) stream.abort(new Error('gone'))
      else stream.send(farewell)
      return made
    }
  })
  const client = await createLibp2p({
    transports: [webSockets()], connectionEncrypters: [noise()], streamMuxers: [muxer],
    connectionMonitor: { enabled: false }, connectionGater: { denyDialMultiaddr: () => false }, connectionManager: { reconnectRetries: 0 }
  })
  for (let nth = 0; nth < times; nth++) {
    await client.dial(multiaddr(`/ip4/127.0.0.1/tcp/${port}/ws/p2p/${peerId}`), { force: true, signal: AbortSignal.timeout(5000) })
      .then((connection) => connection.abort(new Error('gone')), () => undefined)
  }
  await client.stop()
}

const toNode = (person: Person) => person.libp2p.getConnections(person.libp2p.getConnections()[0]?.remotePeer)[0]
const streamTo = async (person: Person, protocol: string) => await toNode(person)!.newStream(protocol, { maxOutboundStreams: 1000, signal: AbortSignal.timeout(5000) })

describe('a device that has shown no passport', () => {
  it('is served no stream, gets no reservation and hears no gossip until it shows one; then what waited is served', async () => {
    await using world = await createMeshWorld()
    let served = 0
    await world.relay.handle(ECHO, async (stream) => {
      served++
      const frame = await stream.receive()
      if (frame !== null) await stream.send(frame)
      await stream.close()
    })
    const alice = await world.join('Alice')
    const mallory = await world.person('Mallory', { passport: null })
    const [inAlice] = [alice.enter(KITCHEN, () => false), mallory.enter(KITCHEN, () => false)]
    await expect.poll(() => mallory.mesh.dropped.get('rendezvous-denied'), soon).toBeGreaterThan(0)
    expect(world.relay.reservationCount()).toBe(1)
    expect(mallory.libp2p.services.pubsub.getSubscribers(topicOf(KITCHEN))).toEqual([])
    const early = await mallory.mesh.open('node', ECHO, { signal: AbortSignal.timeout(5000) })
    await expect(early.receive()).rejects.toThrow()
    expect(served).toBe(0)

    mallory.passport = await world.issue(mallory.device, 'Mallory')
    await mallory.mesh.showPassport()
    await expect.poll(() => mallory.mesh.node.value, soon).toBe('online')
    expect(world.relay.reservationCount()).toBe(2)
    await expect.poll(() => inAlice.present.value.has(mallory.device), soon).toBe(true)
    const stream = await mallory.mesh.open('node', ECHO, { signal: AbortSignal.timeout(5000) })
    await stream.send(Uint8Array.of(1))
    expect(await stream.receive()).toEqual(Uint8Array.of(1))
  })

  it('is disconnected when it opens more streams than a client needs', async () => {
    await using world = await createMeshWorld({ limits: { 'guest-streams': { max: 12 } } })
    const mallory = await world.person('Mallory', { passport: null })
    await expect.poll(() => toNode(mallory)?.status, soon).toBe('open')
    const connection = toNode(mallory)!
    await expect.poll(async () => {
      await connection.newStream(HOP_PROTOCOL, { maxOutboundStreams: 1000, signal: AbortSignal.timeout(1000) }).catch(() => undefined)
      return connection.status
    }, soon).not.toBe('open')
    expect(world.limiter.refusals.get('guest-streams')).toBeGreaterThan(0)
    // A device with a passport may open more.
    const alice = await world.join('Alice')
    for (let n = 0; n < 20; n++) await streamTo(alice, HOP_PROTOCOL)
    expect(toNode(alice)?.status).toBe('open')
  })

  it.each(Object.entries(FAREWELLS))('is forgotten when it %s in the moment it has connected', async (_what, farewell) => {
    await using world = await createMeshWorld()
    await world.join('Alice')
    await comeAndGo(world.port, world.relay.peerId, farewell, 20)
    await expect.poll(() => [world.relay.connectionCount(), world.relay.guestCount()], soon).toEqual([1, 0])
  })
})

describe('a passport that ends', () => {
  it('ends, when the device is signed out, its streams, its registration, its reservation and its connection at once', async () => {
    await using world = await createMeshWorld()
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
    const [inAlice] = [alice.enter(KITCHEN, () => false), bob.enter(KITCHEN, () => false)]
    await expect.poll(() => inAlice.present.value.has(bob.device), soon).toBe(true)
    const connection = toNode(bob)!
    const ended = Promise.withResolvers<undefined>()
    await world.relay.handle(ECHO, async (stream) => {
      await stream.receive({ timeoutMs: null }).finally(() => ended.resolve(undefined))
    })
    await (await bob.mesh.open('node', ECHO, { signal: AbortSignal.timeout(5000) })).send(Uint8Array.of())
    bob.passport = null
    world.relay.signOut(await deviceKeyThumbprint(bob.device))
    // From this moment on, and not when he says his next hello.
    expect(world.relay.claimsOf(bob.device)).toBeNull()
    await ended.promise
    await expect.poll(() => connection.status, soon).not.toBe('open')
    await expect.poll(() => inAlice.present.value.has(bob.device), soon).toBe(false)
  })

  it('ends a circuit through the node to somebody else', async () => {
    await using world = await createMeshWorld()
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
    alice.hidesFrom.add(bob.device)
    bob.hidesFrom.add(alice.device)
    const heard = Promise.withResolvers<undefined>()
    alice.mesh.handle(ECHO, async (stream) => {
      await stream.receive()
      heard.resolve(undefined)
    })
    const stream = await bob.mesh.open(alice.device, ECHO, { signal: AbortSignal.timeout(10_000) })
    await stream.send(Uint8Array.of(1))
    await heard.promise
    expect(alice.mesh.links.value.get(bob.device)?.path).toBe('relayed')
    bob.passport = null
    world.relay.signOut(await deviceKeyThumbprint(bob.device))
    await expect.poll(() => alice.mesh.links.value.has(bob.device), soon).toBe(false)
  })

  it('is noticed by its time, and others are told that the device is gone', async () => {
    await using world = await createMeshWorld()
    const alice = await world.join('Alice')
    const bob = await world.person('Bob', { passport: null })
    bob.passport = await world.issue(bob.device, 'Bob', 4000)
    await bob.mesh.showPassport()
    const [inAlice] = [alice.enter(KITCHEN, () => false), bob.enter(KITCHEN, () => false)]
    await expect.poll(() => inAlice.present.value.has(bob.device), soon).toBe(true)
    const connection = toNode(bob)!
    await expect.poll(() => connection.status, soon).not.toBe('open')
    await expect.poll(() => inAlice.present.value.has(bob.device), soon).toBe(false)
    expect(world.relay.claimsOf(bob.device)).toBeNull()
  })

  it('is replaced by another over the same connection, and everything goes on', async () => {
    await using world = await createMeshWorld()
    const alice = await world.join('Alice')
    const bob = await world.person('Bob', { passport: null })
    bob.passport = await world.issue(bob.device, 'Bob', 5000)
    await bob.mesh.showPassport()
    const [inAlice, inBob] = [alice.enter(KITCHEN, () => false), bob.enter(KITCHEN, () => false)]
    await expect.poll(() => inAlice.present.value.has(bob.device), soon).toBe(true)
    const connection = toNode(bob)!
    const first = world.relay.claimsOf(bob.device)!
    bob.passport = await world.issue(bob.device, 'Bob')
    await bob.mesh.showPassport()
    await expect.poll(() => Date.now() / 1000 > first.exp + 0.5, soon).toBe(true)
    expect(connection.status).toBe('open')
    expect(inAlice.present.value.has(bob.device)).toBe(true)
    await expect.poll(async () => {
      await bob.say(inBob, `still here ${performance.now()}`)
      return alice.heard.some(({ frame }) => frame.startsWith('still here'))
    }, soon).toBe(true)
  })

  it('is not accepted when the device is signed out while it is being checked', async () => {
    await using world = await createMeshWorld()
    const bob = await world.join('Bob')
    const id = await deviceKeyThumbprint(bob.device)
    const greeting = bob.mesh.showPassport()
    await expect.poll(() => {
      world.relay.signOut(id)
      return world.relay.claimsOf(bob.device)
    }, soon).toBeNull()
    await greeting
  })
})

describe('what a circuit may carry', () => {
  /** Opens a stream from Bob to Alice that can only be relayed, and counts what Alice has read. */
  async function relayed (limits: NonNullable<MeshWorldOptions['limits']>) {
    const world = await createMeshWorld({ limits })
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
    alice.hidesFrom.add(bob.device)
    bob.hidesFrom.add(alice.device)
    const got = { bytes: 0 }
    alice.mesh.handle(ECHO, async (stream) => {
      for (;;) {
        const frame = await stream.receive({ timeoutMs: null })
        if (frame === null) return
        got.bytes += frame.length
      }
    })
    const stream = await bob.mesh.open(alice.device, ECHO, { signal: AbortSignal.timeout(10_000) })
    return { world, stream, got }
  }
  const PART = new Uint8Array(60_000)

  it('is slowed down above the budget of its sender, and nothing of it is lost', async () => {
    const { world: opened, stream, got } = await relayed({ 'relayed-bytes': { burst: 600_000, perSecond: 400_000 } })
    await using world = opened
    for (let n = 0; n < 30; n++) await stream.send(PART)
    await expect.poll(() => got.bytes, { timeout: 30_000, interval: 10 }).toBe(30 * PART.length)
    expect(world.limiter.refusals.get('relayed-bytes')).toBeGreaterThan(0)
  })

  it('is as many circuits as a device may have, and one more when one has ended', async () => {
    await using world = await createMeshWorld({ limits: { circuits: { max: 1 } } })
    const [alice, bob, carol] = [await world.join('Alice'), await world.join('Bob'), await world.join('Carol')]
    for (const one of [alice, bob, carol]) for (const other of [alice, bob, carol]) one.hidesFrom.add(other.device)
    alice.mesh.handle(ECHO, async (stream) => { await stream.close() })
    carol.mesh.handle(ECHO, async (stream) => { await stream.close() })
    await bob.mesh.open(alice.device, ECHO, { signal: AbortSignal.timeout(10_000) })
    await expect(bob.mesh.open(carol.device, ECHO, { signal: AbortSignal.timeout(5000) })).rejects.toThrow()
    expect(world.limiter.refusals.get('circuits')).toBeGreaterThan(0)
    await alice.mesh.stop()
    await expect.poll(async () => await bob.mesh.open(carol.device, ECHO, { signal: AbortSignal.timeout(5000) }).then(() => true, () => false), soon).toBe(true)
  })
})
