import { performance } from 'node:perf_hooks'
import { describe, expect, it } from 'vitest'
import { createLine } from '../../apps/client/testing/line.ts'
import { createMeshWorld, KITCHEN } from '../../apps/client/testing/mesh-world.ts'
import { toMultiaddr } from './index.ts'

const soon = { timeout: 15_000, interval: 10 }

describe('the relay of a node', () => {
  it.each([
    ['http://127.0.0.1:8080', '/ip4/127.0.0.1/tcp/8080/ws'],
    ['http://[::1]:8080', '/ip6/::1/tcp/8080/ws'],
    ['http://localhost:8080', '/dns/localhost/tcp/8080/ws'],
    ['https://parley.example', '/dns/parley.example/tcp/443/tls/ws'],
    ['https://parley.example:8443', '/dns/parley.example/tcp/8443/tls/ws']
  ])('is dialled at %s by %s', (origin, address) => {
    expect(toMultiaddr(origin)).toBe(address)
  })

  it('is the same peer after a restart', async () => {
    await using world = await createMeshWorld()
    const before = world.relay.multiaddrs()
    await world.killNode()
    await world.startNode()
    expect(world.relay.multiaddrs()).toEqual(before)
  })

  it('knows a guest by the passport until the guest is gone, and serves nobody else', async () => {
    await using world = await createMeshWorld()
    await world.relay.handle('/test/mailbox/1', async (stream, device) => {
      await stream.send(new TextEncoder().encode(device))
      await stream.close()
    })
    const [alice, mallory] = [await world.join('Alice'), await world.person('Mallory', { passport: null })]
    expect(world.relay.claimsOf(alice.device)?.name).toBe('Alice')
    const stream = await alice.mesh.open('node', '/test/mailbox/1', { signal: AbortSignal.timeout(5000) })
    expect(new TextDecoder().decode((await stream.receive())!)).toBe(alice.device)

    await expect.poll(() => mallory.mesh.dropped.get('rendezvous-denied'), soon).toBeGreaterThan(0)
    expect(world.relay.claimsOf(mallory.device)).toBeNull()
    const refused = await mallory.mesh.open('node', '/test/mailbox/1', { signal: AbortSignal.timeout(5000) })
    await expect(refused.receive()).rejects.toThrow()
    expect(world.relay.reservationCount()).toBe(1)

    await alice.mesh.stop()
    await expect.poll(() => world.relay.claimsOf(alice.device), soon).toBeNull()
  })

  it('gives the place of somebody who has gone to others', async () => {
    await using world = await createMeshWorld()
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
    expect(world.relay.reservationCount()).toBe(2)
    await alice.mesh.stop()
    await expect.poll(() => world.relay.reservationCount(), soon).toBe(1)
    expect(bob.mesh.node.value).toBe('online')
  })

  it('reaches somebody who came by another network over the connection of now, whatever has become of the one before', async () => {
    await using world = await createMeshWorld()
    await using line = await createLine(() => world.port)
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob', { port: line.port })]
    // Nobody is wanted by anybody: what they say goes through the node.
    const [inAlice] = [alice.enter(KITCHEN, () => false), bob.enter(KITCHEN, () => false)]
    const untilHeard = async (word: string): Promise<void> => {
      await expect.poll(async () => {
        await alice.say(inAlice, `${word} ${performance.now()}`)
        return bob.heard.some(({ frame }) => frame.startsWith(word))
      }, soon).toBe(true)
    }
    await untilHeard('before')

    line.silence()
    bob.mesh.wake()
    await expect.poll(() => bob.mesh.node.value, soon).toBe('connecting')
    await expect.poll(() => bob.mesh.node.value, soon).toBe('online')
    const stream = await alice.mesh.open(bob.device, '/parley/hello/1', { signal: AbortSignal.timeout(3000) })
    stream.abort(new Error('that was all'))
    await untilHeard('after')
  })

  it('asks the room\'s judge before it passes a frame on', async () => {
    await using world = await createMeshWorld()
    const judged: string[] = []
    world.relay.setRoomValidator((room, frame, from) => {
      judged.push(`${room} ${new TextDecoder().decode(frame).slice(0, 3)} ${from}`)
      return Promise.resolve(new TextDecoder().decode(frame).startsWith('bad') ? 'reject' : 'accept')
    })
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
    const [inAlice] = [alice.enter(KITCHEN, () => false), bob.enter(KITCHEN, () => false)]
    await expect.poll(async () => await alice.say(inAlice, `bad idea ${performance.now()}`), soon).toBe(1)
    await expect.poll(() => judged, soon).toContain(`${KITCHEN} bad ${alice.device}`)
    await expect.poll(async () => {
      await alice.say(inAlice, `good ${judged.length}`)
      return bob.heard.length
    }, soon).toBeGreaterThan(0)
    expect(bob.heard.every(({ frame }) => frame.startsWith('good'))).toBe(true)
  })

  it('reads a device above its budget more slowly: the rest waits at its sender, and nothing is lost', async () => {
    await using world = await createMeshWorld({ limits: { 'gossip-messages': { burst: 100, perSecond: 500 } } })
    const judged = new Set<string>()
    world.relay.setRoomValidator((_room, frame) => {
      judged.add(new TextDecoder().decode(frame).split(' ')[0] ?? '')
      return Promise.resolve('ignore')
    })
    const alice = await world.join('Alice')
    const inAlice = alice.enter(KITCHEN, () => false)
    await expect.poll(async () => {
      await alice.say(inAlice, `warm ${performance.now()}`)
      return judged.size
    }, soon).toBeGreaterThan(0)
    const filler = '.'.repeat(2000)
    await Promise.all(Array.from({ length: 600 }, async (_, n) => await alice.say(inAlice, `${n} ${filler}`)))
    interface Router { streamsOutbound: ReadonlyMap<string, { rawStream: { writeBufferLength: number } }> }
    const { streamsOutbound } = alice.libp2p.services.pubsub as unknown as Router
    const waitingAtSender = (): number =>
      Math.max(...[...streamsOutbound.values()].map(({ rawStream }) => rawStream.writeBufferLength))
    expect(waitingAtSender()).toBeGreaterThan(300_000)
    await expect.poll(() => world.limiter.refusals.get('gossip-messages'), soon).toBeGreaterThan(0)
    await expect.poll(() => judged.size, soon).toBe(601)
    expect(waitingAtSender()).toBe(0)
  })

  it('tells others that a device has gone which falls silent without an end, and keeps those that live', async () => {
    await using world = await createMeshWorld({ lookEveryMs: 250 })
    await using line = await createLine(() => world.port)
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob', { port: line.port })]
    const inAlice = alice.enter(KITCHEN, () => false)
    bob.enter(KITCHEN, () => false)
    await expect.poll(() => inAlice.present.value.has(bob.device), soon).toBe(true)
    line.silence()
    // Bob finds out by his own pings, after 20 s at the earliest.
    await expect.poll(() => inAlice.present.value.has(bob.device), soon).toBe(false)
    expect(world.relay.claimsOf(alice.device)).not.toBeNull()
  })
})
