/** What goes through the node between two devices: a real relay, real clients that make no direct link. */
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { toPeerId } from '#shared/wire/peer-id.ts'
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
