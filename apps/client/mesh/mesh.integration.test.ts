import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { pathToFileURL } from 'node:url'
import type { Stream } from '@libp2p/interface'
import { pbStream } from '@libp2p/utils'
import { multiaddr } from '@multiformats/multiaddr'
import { describe, expect, it, vi } from 'vitest'
import { toHex, type DeviceKey } from '#shared/ids.ts'
import { topicOf } from '#shared/wire/gossip.ts'
import { encodeFirstHello, FIRST_HELLO_PROTOCOL, HELLO_PROTOCOL } from '#shared/wire/hello.ts'
import { toPeerId } from '#shared/wire/peer-id.ts'
import { createLine } from '../testing/line.ts'
import { createMeshWorld, KITCHEN, pathOf } from '../testing/mesh-world.ts'
import { DIAL_POLICY } from './dialing.ts'
import { hasGossipStream } from './gossip.ts'
import { pingConnection } from './ping.ts'
import { WEBRTC_SIGNALING_PROTOCOL } from './private-transport.ts'

const WEBRTC_SOURCE = pathToFileURL(join(import.meta.dirname, '../../../node_modules/@libp2p/webrtc/dist/src/')).href
interface Inside { RTCPeerConnection: typeof RTCPeerConnection, Message: never }

/** The answering end of a WebRTC handshake without any candidate: a path is looked for, and there is none. */
async function answerNowhere (stream: Stream): Promise<string> {
  const { RTCPeerConnection: Connection } = await import(`${WEBRTC_SOURCE}webrtc/index.js`) as Inside
  const { Message } = await import(`${WEBRTC_SOURCE}private-to-private/pb/message.js`) as Inside
  const signalling = pbStream(stream).pb<{ type: string, data: string }>(Message)
  const { data: offer } = await signalling.read()
  const pc = new Connection()
  await pc.setRemoteDescription({ type: 'offer', sdp: offer })
  const { sdp = '' } = await pc.createAnswer()
  await signalling.write({ type: 'SDP_ANSWER', data: sdp.replaceAll(/^a=candidate.*\r\n/gm, '') })
  pc.close()
  return offer
}

const soon = { timeout: 15_000, interval: 10 }

describe('the mesh, on a real relay and real WebRTC', () => {
  it('links two members directly, and says who they are', async () => {
    await using world = await createMeshWorld()
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
    const [inAlice] = [alice.enter(KITCHEN), bob.enter(KITCHEN)]
    await expect.poll(() => [pathOf(alice, bob), pathOf(bob, alice)], soon).toEqual(['direct', 'direct'])
    await expect.poll(() => alice.mesh.links.value.get(bob.device)?.passport?.name, soon).toBe('Bob')
    await expect.poll(() => bob.mesh.links.value.get(alice.device)?.passport?.name, soon).toBe('Alice')
    await expect.poll(() => alice.mesh.links.value.get(bob.device)?.latencyMs, soon).toBeGreaterThanOrEqual(0)
    expect([...inAlice.present.value]).toEqual([bob.device])
  })

  it('goes on between linked people while the node is down, and everything is back within about a second of the node', async () => {
    await using world = await createMeshWorld()
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
    const [inAlice, inBob] = [alice.enter(KITCHEN), bob.enter(KITCHEN)]
    await expect.poll(() => [pathOf(alice, bob), pathOf(bob, alice)], soon).toEqual(['direct', 'direct'])

    await world.killNode()
    await expect.poll(() => [alice.mesh.node.value, bob.mesh.node.value], soon).toEqual(['offline', 'offline'])
    await expect.poll(async () => await alice.say(inAlice, `still here ${performance.now()}`), soon).toBeGreaterThan(0)
    await expect.poll(() => bob.heard.at(-1)?.frame, soon).toContain('still here')
    expect(bob.heard.at(-1)?.from).toBe(alice.device)
    expect(alice.mesh.retryAt.value).not.toBeNull()
    expect([...inAlice.present.value]).toEqual([bob.device])

    await world.startNode()
    const startedAt = performance.now()
    await expect.poll(() => [alice.mesh.node.value, bob.mesh.node.value], soon).toEqual(['online', 'online'])
    expect(performance.now() - startedAt).toBeLessThan(3000)
    await expect.poll(() => [...inBob.present.value], soon).toEqual([alice.device])
    expect(pathOf(alice, bob)).toBe('direct')
  })

  it('brings gossip to both over the direct link, once, and asks for forged frames no further', async () => {
    await using world = await createMeshWorld()
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
    const [inAlice] = [alice.enter(KITCHEN), bob.enter(KITCHEN)]
    await expect.poll(() => pathOf(alice, bob), soon).toBe('direct')
    await expect.poll(async () => await alice.say(inAlice, `warm ${performance.now()}`), soon).toBe(2)
    for (let n = 0; n < 20; n++) await alice.say(inAlice, `message ${n}`)
    await expect.poll(() => bob.heard.filter(({ frame }) => frame.startsWith('message')).length, soon).toBe(20)
    await alice.say(inAlice, 'forged')
    await expect.poll(() => bob.mesh.dropped.get('test-forged'), soon).toBe(1)
    expect(bob.heard.some(({ frame }) => frame === 'forged')).toBe(false)
  })

  it('passes on nothing that the node brings to everybody, and to the node what an author says who does not reach it', async () => {
    await using world = await createMeshWorld()
    await using line = await createLine(() => world.port)
    const [alice, bob] = [await world.join('Alice', { port: line.port }), await world.join('Bob')]
    const passedOn = vi.spyOn(bob.libp2p.services.pubsub as unknown as { sendRpc(peer: string, rpc: { messages: { data: Uint8Array }[] }): boolean }, 'sendRpc')
    const decided = vi.spyOn(bob.libp2p.services.pubsub, 'reportMessageValidationResult')
    // Carol counts nobody as a member, so nobody is linked with her: she hears by the node.
    const carol = await world.join('Carol')
    const isOfTwo = (device: DeviceKey): boolean => device !== carol.device
    const [inAlice] = [alice.enter(KITCHEN, isOfTwo), bob.enter(KITCHEN, isOfTwo), carol.enter(KITCHEN, () => false)]
    await expect.poll(() => [pathOf(alice, bob), pathOf(bob, alice)], soon).toEqual(['direct', 'direct'])
    await expect.poll(async () => await alice.say(inAlice, `warm ${performance.now()}`), soon).toBe(2)
    await expect.poll(() => [bob.heard.length, carol.heard.length].every((count) => count > 0), soon).toBe(true)

    const passed = (text: string): boolean => passedOn.mock.calls.some(([, { messages }]) => messages.some(({ data }) => new TextDecoder().decode(data) === text))
    await alice.say(inAlice, 'both hear it')
    await expect.poll(() => [bob, carol].every(({ heard }) => heard.some(({ frame }) => frame === 'both hear it')), soon).toBe(true)
    await expect.poll(() => decided.mock.calls.length === bob.heard.length, soon).toBe(true)
    expect(passed('both hear it')).toBe(false)

    await line[Symbol.asyncDispose]()
    await expect.poll(() => alice.mesh.node.value, soon).not.toBe('online')
    await alice.say(inAlice, 'without the node')
    await expect.poll(() => carol.heard.find(({ frame }) => frame === 'without the node')?.from, soon).toBe('node')
    expect(passed('without the node')).toBe(true)
  })

  it('passes on among those who are linked while the node is away', async () => {
    await using world = await createMeshWorld()
    const [alice, bob, carol] = [await world.join('Alice'), await world.join('Bob'), await world.join('Carol')]
    for (const [one, other] of [[alice, carol], [carol, alice]] as const) one.hidesFrom.add(other.device)
    const [inAlice] = [alice.enter(KITCHEN), bob.enter(KITCHEN), carol.enter(KITCHEN)]
    await expect.poll(() => [pathOf(alice, bob), pathOf(bob, carol)], soon).toEqual(['direct', 'direct'])
    await world.killNode()
    await expect.poll(() => [alice, bob, carol].map(({ mesh }) => mesh.node.value === 'online'), soon).toEqual([false, false, false])
    await expect.poll(async () => {
      await alice.say(inAlice, `by Bob ${performance.now()}`)
      return carol.heard.findLast(({ frame }) => frame.startsWith('by Bob'))?.from
    }, soon).toBe(bob.device)
    await world.startNode()
  })

  it('makes no direct link with whom an address is hidden from, asked for or answered, tells them no address, and goes on by the node', async () => {
    await using world = await createMeshWorld()
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
    const [inAlice, inBob] = [alice.enter(KITCHEN), bob.enter(KITCHEN)]
    await expect.poll(() => [pathOf(alice, bob), pathOf(bob, alice)], soon).toEqual(['direct', 'direct'])

    alice.hidesFrom.add(bob.device)
    alice.mesh.reviewLinks()
    await expect.poll(() => [pathOf(alice, bob), pathOf(bob, alice)], soon).toEqual(['relayed', 'relayed'])
    await expect(bob.libp2p.dial(multiaddr(`${world.relay.multiaddrs()[0] ?? ''}/p2p-circuit/webrtc/p2p/${toPeerId(alice.device).toString()}`), { force: true })).rejects.toThrow()
    await expect(alice.libp2p.dial(multiaddr(`${world.relay.multiaddrs()[0] ?? ''}/p2p-circuit/webrtc/p2p/${toPeerId(bob.device).toString()}`), { force: true })).rejects.toThrow()
    expect([pathOf(alice, bob), pathOf(bob, alice)]).toEqual(['relayed', 'relayed'])
    const { addresses } = await bob.libp2p.peerStore.get(toPeerId(alice.device))
    expect(addresses.map(({ multiaddr: address }) => address.toString()).filter((address) => !address.includes('/p2p-circuit'))).toEqual([])
    await expect.poll(async () => await alice.say(inAlice, `by the node ${performance.now()}`), soon).toBe(1)
    await expect.poll(() => bob.heard.at(-1)?.from, soon).toBe('node')
    expect([...inBob.present.value]).toEqual([alice.device])

    alice.hidesFrom.clear()
    alice.mesh.reviewLinks()
    await expect.poll(() => [pathOf(alice, bob), pathOf(bob, alice)], soon).toEqual(['direct', 'direct'])
  })

  it('reaches those who are only relayed through the node, and opens streams to them', async () => {
    await using world = await createMeshWorld()
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
    // Nobody counts as a member, so nobody is linked: gossip goes by the node.
    const [inAlice] = [alice.enter(KITCHEN, () => false), bob.enter(KITCHEN, () => false)]
    await expect.poll(async () => await alice.say(inAlice, `by the node ${performance.now()}`), soon).toBe(1)
    await expect.poll(() => bob.heard.at(-1)?.from, soon).toBe('node')
    expect(pathOf(alice, bob)).toBe('none')

    bob.mesh.handle('/test/echo/1', async (stream, remote) => {
      expect(remote).toBe(alice.device)
      await stream.send((await stream.receive())!)
      await stream.close()
    })
    const stream = await alice.mesh.open(bob.device, '/test/echo/1', { signal: AbortSignal.timeout(10_000) })
    await stream.send(Uint8Array.of(1, 2, 3))
    expect(await stream.receive()).toEqual(Uint8Array.of(1, 2, 3))
    expect(await stream.receive()).toBeNull()
    expect(pathOf(alice, bob)).toBe('relayed')
    await expect.poll(() => alice.mesh.links.value.get(bob.device)?.passport?.name, soon).toBe('Bob')
  })

  it('brings two together who dial each other in the same moment', async () => {
    await using world = await createMeshWorld()
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
    for (const [one, other] of [[alice, bob], [bob, alice]] as const) {
      one.mesh.handle('/test/echo/1', async (stream) => { for (let frame = await stream.receive(); frame !== null; frame = await stream.receive()) await stream.send(frame) })
      // libp2p notes a dial that succeeded before it is done with it: by then the other end has dialled as well.
      const merge = one.libp2p.peerStore.merge.bind(one.libp2p.peerStore)
      one.libp2p.peerStore.merge = async (peer, data, options) => {
        if (data.metadata !== undefined) await expect.poll(() => one.libp2p.getConnections(toPeerId(other.device)).length, soon).toBe(2)
        return await merge(peer, data, options)
      }
    }
    const streams = await Promise.all(([[alice, bob], [bob, alice]] as const).map(async ([one, other]) =>
      await one.mesh.open(other.device, '/test/echo/1', { signal: AbortSignal.timeout(10_000) })))
    await expect.poll(() => [alice, bob].flatMap(({ libp2p }) => libp2p.getDialQueue()), soon).toEqual([])
    for (const stream of streams) {
      await stream.send(Uint8Array.of(1))
      expect(await stream.receive()).toEqual(Uint8Array.of(1))
    }
  })

  it('links anew by itself when a direct link breaks', async () => {
    await using world = await createMeshWorld()
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
    const [inAlice] = [alice.enter(KITCHEN), bob.enter(KITCHEN)]
    await expect.poll(() => [pathOf(alice, bob), pathOf(bob, alice)], soon).toEqual(['direct', 'direct'])
    for (const connection of alice.libp2p.getConnections(toPeerId(bob.device))) connection.abort(new Error('the cable was pulled'))
    expect(pathOf(alice, bob)).toBe('relayed')
    await expect.poll(() => [pathOf(alice, bob), pathOf(bob, alice)], soon).toEqual(['direct', 'direct'])
    const heardBefore = bob.heard.length
    await expect.poll(async () => await alice.say(inAlice, `again ${performance.now()}`), soon).toBe(2)
    await expect.poll(() => bob.heard.length, soon).toBeGreaterThan(heardBefore)
  })

  it('asks a link several times at once whether it is there, as a doubt beside the regular question does', async () => {
    await using world = await createMeshWorld()
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
    const rooms = [alice.enter(KITCHEN), bob.enter(KITCHEN)]
    expect(rooms.length).toBe(2)
    await expect.poll(() => pathOf(alice, bob), soon).toBe('direct')
    for (const connection of alice.libp2p.getConnections()) {
      const latencies = await Promise.all(Array.from({ length: 3 }, async () => await pingConnection(connection, AbortSignal.timeout(10_000))))
      expect(Math.min(...latencies)).toBeGreaterThanOrEqual(0)
    }
  })

  it('reaches somebody whose relayed link broke at once, though a direct one was still being looked for over it', async () => {
    await using world = await createMeshWorld()
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
    const offers: string[] = []
    // Answers each offer, and tells nobody where it is.
    await bob.libp2p.handle(WEBRTC_SIGNALING_PROTOCOL, (stream) => {
      answerNowhere(stream).then((offer) => offers.push(offer), () => undefined)
    }, { runOnLimitedConnection: true, force: true })
    bob.mesh.handle('/test/echo/1', async (stream) => { await stream.close() })
    const rooms = [alice.enter(KITCHEN), bob.enter(KITCHEN, () => false)]
    expect(rooms.length).toBe(2)
    await expect.poll(() => [offers.length, pathOf(alice, bob)], soon).toEqual([1, 'relayed'])

    // Whoever hears of it and dials at once must not wait with the search either.
    const reached = Promise.withResolvers<unknown>()
    alice.libp2p.addEventListener('connection:close', () => {
      reached.resolve(alice.mesh.open(bob.device, '/test/echo/1', { signal: AbortSignal.timeout(DIAL_POLICY.timeoutMs / 3) }))
    }, { once: true })
    for (const connection of alice.libp2p.getConnections(toPeerId(bob.device))) connection.abort(new Error('the cable was pulled'))
    await expect(reached.promise).resolves.toBeDefined()
    // And the search goes on.
    await expect.poll(() => offers.length, soon).toBeGreaterThan(1)
  })

  it('has gossip on each direct link, also when its stream ended', async () => {
    await using world = await createMeshWorld()
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
    const rooms = [alice.enter(KITCHEN), bob.enter(KITCHEN)]
    expect(rooms.length).toBe(2)
    await expect.poll(() => [pathOf(alice, bob), hasGossipStream(alice.libp2p, bob.device)], soon).toEqual(['direct', true])
    for (const connection of alice.libp2p.getConnections(toPeerId(bob.device))) {
      for (const stream of [...connection.streams]) if (stream.protocol.startsWith('/meshsub/')) stream.abort(new Error('full'))
    }
    expect(hasGossipStream(alice.libp2p, bob.device)).toBe(false)
    await expect.poll(() => hasGossipStream(alice.libp2p, bob.device), soon).toBe(true)
  })

  it('notices within seconds that somebody is gone who said nothing', async () => {
    await using world = await createMeshWorld()
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
    const [inAlice] = [alice.enter(KITCHEN), bob.enter(KITCHEN)]
    await expect.poll(() => [pathOf(alice, bob), pathOf(bob, alice)], soon).toEqual(['direct', 'direct'])
    await bob.mesh.stop()
    const goneAt = performance.now()
    await expect.poll(() => [pathOf(alice, bob), inAlice.present.value.size], soon).toEqual(['none', 0])
    expect(performance.now() - goneAt).toBeLessThan(5000)
  })

  it('does nothing for somebody without a passport, until one is shown', async () => {
    await using world = await createMeshWorld()
    const alice = await world.join('Alice')
    const mallory = await world.person('Mallory', { passport: null })
    const [inAlice, inMallory] = [alice.enter(KITCHEN), mallory.enter(KITCHEN)]
    await expect.poll(() => mallory.mesh.dropped.get('rendezvous-denied'), soon).toBeGreaterThan(0)
    await expect(mallory.mesh.lookUp(KITCHEN, { keys: world.roomKeys, signal: AbortSignal.timeout(2000) })).rejects.toThrow()
    await expect(mallory.mesh.open(alice.device, '/test/echo/1', { signal: AbortSignal.timeout(5000) })).rejects.toThrow()
    await mallory.say(inMallory, 'let me in')
    expect(inAlice.present.value.size).toBe(0)
    expect(alice.heard).toEqual([])

    mallory.passport = await world.issue(mallory.device, 'Mallory')
    await mallory.mesh.showPassport()
    await expect.poll(() => [...inAlice.present.value], soon).toEqual([mallory.device])
    await expect.poll(() => pathOf(alice, mallory), soon).toBe('direct')
  })

  it('takes a passport of somebody else for none', async () => {
    await using world = await createMeshWorld()
    const alice = await world.join('Alice')
    const mallory = await world.person('Mallory', { passport: null })
    mallory.passport = alice.passport
    await mallory.mesh.showPassport()
    mallory.enter(KITCHEN)
    await expect.poll(() => mallory.mesh.dropped.get('rendezvous-denied'), soon).toBeGreaterThan(0)
  })

  it('tells nobody of rooms they have not registered for', async () => {
    await using world = await createMeshWorld()
    const [alice, eve] = [await world.join('Alice'), await world.join('Eve')]
    alice.enter(KITCHEN)
    const node = eve.libp2p.getConnections()[0]!.remotePeer.toString()
    await expect.poll(() => alice.libp2p.services.pubsub.getSubscribers(topicOf(KITCHEN)).map(String), soon).toEqual([node])
    expect(eve.libp2p.services.pubsub.getSubscribers(topicOf(KITCHEN))).toEqual([])
    eve.enter(KITCHEN, () => false)
    await expect.poll(() => eve.libp2p.services.pubsub.getSubscribers(topicOf(KITCHEN)).map(String), soon).toContain(node)
  })

  it('drops and counts a peer that cannot say hello', async () => {
    await using world = await createMeshWorld()
    const [alice, mallory] = [await world.join('Alice'), await world.join('Mallory')]
    const stream = await mallory.mesh.open(alice.device, HELLO_PROTOCOL, { signal: AbortSignal.timeout(10_000) })
    await stream.send(Uint8Array.of(0x82, 1))
    await expect.poll(() => alice.mesh.dropped.get('hello-malformed-cbor'), soon).toBe(1)
    await expect.poll(() => pathOf(alice, mallory), soon).toBe('none')
  })

  it.each([
    ['that needs a newer client', { version: 9, minimum: 8 }, { version: 7, minimum: 1 }, 'client-too-old'],
    ['from before the client', { version: 2, minimum: 1 }, { version: 4, minimum: 3 }, 'node-too-old'],
    ['that is one version ahead', { version: 3, minimum: 3 }, { version: 2, minimum: 2 }, 'client-too-old']
  ] as const)('a node %s is told of instead of being tried in silence', async (_what, node, client, mismatch) => {
    await using world = await createMeshWorld({ protocol: node })
    const alice = await world.person('Alice', { protocol: client })
    await expect.poll(() => alice.mesh.mismatch.value, soon).toBe(mismatch)
    expect(alice.mesh.node.value).not.toBe('online')
    expect(world.relay.claimsOf(alice.device)).toBeNull()
  })

  it('a member whose version is too old is linked and shown as such, on both sides', async () => {
    await using world = await createMeshWorld({ protocol: { version: 4, minimum: 3 } })
    const [alice, bob] = [await world.join('Alice', { protocol: { version: 4, minimum: 4 } }), await world.join('Bob', { protocol: { version: 3, minimum: 3 } })]
    alice.enter(KITCHEN)
    bob.enter(KITCHEN)
    await expect.poll(() => alice.mesh.links.value.get(bob.device)?.protocol, soon).toBe('peer-too-old')
    await expect.poll(() => bob.mesh.links.value.get(alice.device)?.protocol, soon).toBe('peer-too-new')
    expect(alice.mesh.mismatch.value).toBeNull()
  })

  it('a member and a node that have the first hello only are greeted in it', async () => {
    const protocol = { version: 3, minimum: 1 }
    await using world = await createMeshWorld({ protocol })
    const [alice, bob] = [await world.join('Alice', { protocol }), await world.join('Bob', { protocol })]
    await Promise.all([alice, bob].map(async ({ libp2p }) => await libp2p.unhandle(HELLO_PROTOCOL)))
    alice.enter(KITCHEN)
    bob.enter(KITCHEN)
    await expect.poll(() => alice.mesh.links.value.get(bob.device)?.passport?.name, soon).toBe('Bob')
    await expect.poll(() => bob.mesh.links.value.get(alice.device)?.passport?.name, soon).toBe('Alice')

    const stream = await alice.mesh.open('node', FIRST_HELLO_PROTOCOL, { signal: AbortSignal.timeout(10_000) })
    await stream.send(encodeFirstHello(alice.passport))
    expect(toHex(await stream.receive() ?? new Uint8Array())).toBe(toHex(encodeFirstHello(null)))
    expect(world.relay.claimsOf(alice.device)?.name).toBe('Alice')
  })

  it('dials nothing but the relay, whatever address a peer claims to have', async () => {
    await using world = await createMeshWorld()
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
    await expect(alice.libp2p.dial(multiaddr(`/ip4/127.0.0.1/tcp/9/ws/p2p/${toPeerId(bob.device).toString()}`))).rejects.toThrow()
    const relay = world.relay.multiaddrs()[0]!
    await expect(alice.libp2p.dial(multiaddr(`${relay}/p2p-circuit/p2p/${toPeerId(bob.device).toString()}`))).resolves.toBeDefined()
  })

  it('stops twice, and answers nobody after that', async () => {
    await using world = await createMeshWorld()
    const alice = await world.join('Alice')
    await Promise.all([alice.mesh.stop(), alice.mesh.stop()])
    await expect(alice.mesh.open('node', '/test/echo/1', { signal: AbortSignal.timeout(2000) })).rejects.toThrow()
  })
})
