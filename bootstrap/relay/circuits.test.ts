/** What goes through the node between two devices: a real relay, real clients that make no direct link. */
import type { Stream } from '@libp2p/interface'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { toPeerId } from '#shared/wire/peer-id.ts'
import { HOP_PROTOCOL, STOP_PROTOCOL } from './circuits.ts'
import { createMeshWorld, type MeshWorld, type MeshWorldOptions, type Person } from '../../apps/client/testing/mesh-world.ts'

const TO = '/test/to/1', FROM = '/test/from/1'
const PART_BYTES = 60_000
/** A burst that is soon used up, and a pace well below what the machine can do. */
const PACED = { 'relayed-bytes': { burst: 600_000, perSecond: 2_000_000 } }

/** Sends numbered parts and then the end. */
async function send (stream: FrameStream, parts: number): Promise<void> {
  for (let n = 0; n < parts; n++) await stream.send(new Uint8Array(PART_BYTES).fill(n % 251))
  await stream.close()
}

/** Reads to the end, and tells how many parts came, each in its place and whole. */
async function read (stream: FrameStream, pauseMs = 0): Promise<number> {
  for (let n = 0; ; n++) {
    const part = await stream.receive({ timeoutMs: 20_000 })
    if (part === null) return n
    expect([part.length, part[0], part.at(-1)]).toEqual([PART_BYTES, n % 251, n % 251])
    if (pauseMs > 0) await sleep(pauseMs)
  }
}

interface Pair { world: MeshWorld, alice: Person, bob: Person, open: (protocol: string) => Promise<FrameStream> }

/** Lets Alice and Bob in, who can only be relayed; `open` is from Bob to Alice. */
async function createPair (limits: NonNullable<MeshWorldOptions['limits']>): Promise<Pair> {
  const world = await createMeshWorld({ limits })
  const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
  alice.hidesFrom.add(bob.device)
  bob.hidesFrom.add(alice.device)
  return { world, alice, bob, open: async (protocol) => await bob.mesh.open(alice.device, protocol, { signal: AbortSignal.timeout(10_000) }) }
}

describe('what is relayed above the pace of its sender', () => {
  it('is slowed down, however much it is, and nothing of it is lost', async () => {
    const { world: opened, alice, open } = await createPair(PACED)
    await using world = opened
    const got = Promise.withResolvers<number>()
    alice.mesh.handle(TO, async (stream) => await read(stream).then(got.resolve, got.reject))
    const startedAt = performance.now()
    await send(await open(TO), 200)
    // 12 MB at 2 MB/s, less the burst and what fits into windows: Bob has waited too, and keeps none of it.
    expect(performance.now() - startedAt).toBeGreaterThan(3500)
    expect(await got.promise).toBe(200)
    expect(performance.now() - startedAt).toBeGreaterThan(5000)
    expect(world.limiter.refusals.get('relayed-bytes')).toBeGreaterThan(0)
  })

  it('goes both ways at once, on several streams of one circuit', async () => {
    const { world: opened, alice, open } = await createPair(PACED)
    await using world = opened
    const toAlice: Promise<number>[] = []
    alice.mesh.handle(TO, async (stream) => {
      const reading = read(stream)
      toAlice.push(reading)
      await reading
    })
    alice.mesh.handle(FROM, async (stream) => await send(stream, 60))
    const [outbound, inbound] = await Promise.all([Promise.all([open(TO), open(TO)]), Promise.all([open(FROM), open(FROM)])])
    const sending = Promise.all(outbound.map(async (stream) => await send(stream, 60)))
    expect(await Promise.all(inbound.map(async (stream) => await read(stream)))).toEqual([60, 60])
    await sending
    expect(await Promise.all(toAlice)).toEqual([60, 60])
    expect(world.limiter.refusals.get('relayed-bytes')).toBeGreaterThan(0)
  })

  it('waits for a receiver that reads more slowly still', async () => {
    const { world: opened, alice, open } = await createPair({ ...PACED, 'relay-backlog': { max: 200_000 } })
    await using world = opened
    const got = Promise.withResolvers<number>()
    alice.mesh.handle(TO, async (stream) => await read(stream, 60).then(got.resolve, got.reject))
    await send(await open(TO), 150)
    expect(await got.promise).toBe(150)
    expect(world.limiter.refusals.get('relayed-bytes')).toBeGreaterThan(0)
  })

  it('comes to its end when the sender ends the circuit while the node still holds some of it back', async () => {
    const { world: opened, alice, bob, open } = await createPair({ 'relayed-bytes': { burst: 100_000, perSecond: 300_000 } })
    await using world = opened
    const got = Promise.withResolvers<number>()
    alice.mesh.handle(TO, async (stream) => await read(stream).then(got.resolve, got.reject))
    await send(await open(TO), 10)
    for (const connection of bob.libp2p.getConnections(toPeerId(alice.device))) await connection.close()
    expect(await got.promise).toBe(10)
    expect(world.limiter.refusals.get('relayed-bytes')).toBeGreaterThan(0)
  })
})

const soon = { timeout: 20_000, interval: 20 }

/** Lets people in who can only be relayed. */
async function createCrowd (names: readonly string[], limits: NonNullable<MeshWorldOptions['limits']>): Promise<{ world: MeshWorld, members: Person[] }> {
  const world = await createMeshWorld({ limits })
  const members: Person[] = []
  for (const name of names) members.push(await world.join(name))
  for (const one of members) for (const other of members) one.hidesFrom.add(other.device)
  return { world, members }
}

/** Has a device accept every circuit, and read nothing of it. */
async function becomeSink ({ libp2p }: Person): Promise<void> {
  await libp2p.unhandle(STOP_PROTOCOL)
  await libp2p.handle(STOP_PROTOCOL, (stream) => {
    stream.addEventListener('message', () => {
      stream.send(ACCEPTED)
      stream.pause()
    }, { once: true })
  }, { runOnLimitedConnection: true, maxInboundStreams: 1000 })
}
/** An answer with the status 100. */
const ACCEPTED = Uint8Array.of(4, 8, 1, 0x20, 100)

async function request (world: MeshWorld, from: Person, bytes: Uint8Array): Promise<Stream> {
  const node = from.libp2p.getConnections().find(({ remotePeer }) => remotePeer.toString() === world.relay.peerId)!
  const stream = await node.newStream(HOP_PROTOCOL, { maxOutboundStreams: 1000 })
  stream.send(bytes)
  return stream
}
const connectTo = (to: Person): Uint8Array => {
  const id = toPeerId(to.device).toMultihash().bytes
  return Uint8Array.of(id.length + 6, 8, 1, 0x12, id.length + 2, 0x0a, id.length, ...id)
}
/** Opens a circuit past the app, and writes a megabyte into it when the other end has accepted. */
async function pump (world: MeshWorld, from: Person, to: Person): Promise<Stream> {
  const stream = await request(world, from, connectTo(to))
  await new Promise((resolve) => { stream.addEventListener('message', resolve, { once: true }) })
  for (let n = 0; n < 32; n++) stream.send(new Uint8Array(32 * 1024))
  return stream
}

describe('what is relayed to receivers that do not read', () => {
  it('is bounded for its sender, over many receivers: its circuits end, and others are not touched', async () => {
    const { world: opened, members } = await createCrowd(['Mallory', 'Sink', 'Sink2', 'Sink3', 'Alice', 'Bob'], { 'relayed-waiting': { max: 700_000 } })
    await using world = opened
    const [mallory, alice, bob] = [members[0]!, members[4]!, members[5]!]
    const got = Promise.withResolvers<number>()
    alice.mesh.handle(TO, async (stream) => await read(stream).then(got.resolve, got.reject))
    const honest = send(await bob.mesh.open(alice.device, TO, { signal: AbortSignal.timeout(10_000) }), 200)
    const streams: Stream[] = []
    for (const sink of members.slice(1, 4)) {
      await becomeSink(sink)
      streams.push(await pump(world, mallory, sink))
    }
    await expect.poll(() => streams.filter(({ status }) => status !== 'open').length, soon).toBeGreaterThan(0)
    expect(world.limiter.refusals.get('relayed-waiting')).toBeGreaterThan(0)
    await honest
    expect(await got.promise).toBe(200)
  })

  it.each([
    ['its receiver, over many senders', ['Pump', 'Pump2', 'Pump3'], 'relayed-waiting-for-one'],
    // The same name is the same account.
    ['an account, over many devices of it', ['Pump', 'Pump', 'Pump'], 'relayed-waiting-of-account'],
    ['the node', ['Pump', 'Pump2', 'Pump3'], 'relayed-waiting-in-all']
  ] as const)('is bounded for %s', async (_, pumps, limit) => {
    const { world: opened, members } = await createCrowd([...pumps, 'Sink'], { [limit]: { max: 300_000 } })
    await using world = opened
    const sink = members.at(-1)!
    await becomeSink(sink)
    const streams: Stream[] = []
    for (const from of members.slice(0, -1)) streams.push(await pump(world, from, sink))
    await expect.poll(() => streams.filter(({ status }) => status !== 'open').length, soon).toBeGreaterThan(0)
    expect(world.limiter.refusals.get(limit)).toBeGreaterThan(0)
    expect(world.limiter.refusals.get('relayed-waiting')).toBeUndefined()
  })

  it('ends when the receiver has taken nothing for long, and not while it reads, however slowly', async () => {
    const { world: opened, members } = await createCrowd(['Alice', 'Bob', 'Sink'], { 'relay-standstill': { max: 3000 } })
    await using world = opened
    const [alice, bob, sink] = [members[0]!, members[1]!, members[2]!]
    const got = Promise.withResolvers<number>()
    alice.mesh.handle(TO, async (stream) => await read(stream, 100).then(got.resolve, got.reject))
    const sending = send(await bob.mesh.open(alice.device, TO, { signal: AbortSignal.timeout(10_000) }), 60)
    await becomeSink(sink)
    const stands = await pump(world, bob, sink)
    await expect.poll(() => stands.status, soon).not.toBe('open')
    await sending
    expect(await got.promise).toBe(60)
    expect(world.limiter.refusals.get('relay-standstill')).toBe(1)
  })

  it('is no circuit at all above so many from a device to the same other, and a request is no store', async () => {
    const { world: opened, members } = await createCrowd(['Pump', 'Sink'], { 'circuits-to-one': { max: 2 } })
    await using world = opened
    const [from, sink] = [members[0]!, members[1]!]
    await becomeSink(sink)
    for (let n = 0; n < 5; n++) await request(world, from, connectTo(sink))
    await expect.poll(() => world.limiter.refusals.get('circuits-to-one'), soon).toBe(3)
    // A length that is far off, and what would have to be kept until it is reached.
    const vast = await request(world, from, Uint8Array.of(0xff, 0xff, 0xff, 1))
    vast.send(new Uint8Array(100_000))
    await expect.poll(() => vast.status, soon).not.toBe('open')
    expect(world.limiter.refusals.get('relay-requests')).toBe(1)
  })
})
