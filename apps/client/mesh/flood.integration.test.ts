/** A linked device that floods another one over a real link: what gets to the rooms of the other, and what becomes of the link. */
import { describe, expect, it } from 'vitest'
import { topicOf } from '#shared/wire/gossip.ts'
import { toPeerId } from '#shared/wire/peer-id.ts'
import { createMeshWorld, KITCHEN, pathOf, type MeshWorld, type Person } from '../testing/mesh-world.ts'

const soon = { timeout: 20_000, interval: 10 }

/** Two devices that are linked directly, with gossip between them. */
async function linked (world: MeshWorld): Promise<{ alice: Person, mallory: Person, inAlice: ReturnType<Person['enter']> }> {
  const [alice, mallory] = [await world.join('Alice'), await world.join('Mallory')]
  const inAlice = alice.enter(KITCHEN)
  const inMallory = mallory.enter(KITCHEN)
  await expect.poll(() => [pathOf(alice, mallory), pathOf(mallory, alice)], soon).toEqual(['direct', 'direct'])
  await expect.poll(async () => await mallory.say(inMallory, `warm ${Math.random()}`), soon).toBe(2)
  await expect.poll(() => alice.heard.length, soon).toBeGreaterThan(0)
  return { alice, mallory, inAlice }
}

interface Router { streamsOutbound: ReadonlyMap<string, { push(data: Uint8Array): void }> }

/** One RPC of gossipsub with many messages, as protobuf: field 2 holds messages, whose data is field 2 and topic field 4. */
function rpcOf (topic: string, count: number, seed: number): Uint8Array {
  const name = new TextEncoder().encode(topic)
  const pieces: number[] = []
  for (let n = 0; n < count; n++) {
    const data = new Uint8Array(16)
    new DataView(data.buffer).setUint32(0, seed)
    new DataView(data.buffer).setUint32(4, n)
    const message = [0x12, data.length, ...data, 0x22, name.length, ...name]
    pieces.push(0x12, message.length, ...message)
  }
  return Uint8Array.from(pieces)
}

/** Sends RPCs to Alice only, until her device has hung up. */
async function flood (mallory: Person, alice: Person, rpc: (nth: number) => Uint8Array): Promise<void> {
  const { streamsOutbound } = mallory.libp2p.services.pubsub as unknown as Router
  for (let nth = 0; !alice.mesh.budgets.isIgnored(mallory.device); nth++) {
    try {
      streamsOutbound.get(toPeerId(alice.device).toString())?.push(rpc(nth))
    } catch { /* the stream is over: what it did not take has not arrived */ }
    await new Promise((resolve) => { setTimeout(resolve, 1) })
  }
}

/** However the node counts who is there: what one of them has open to the other. */
const connectionsOf = (one: Person, other: Person): number => one.libp2p.getConnections(toPeerId(other.device)).length

describe('a linked device that floods', () => {
  it('a topic of the room is heard up to its budget, cut off and not let in again, while others are served', async () => {
    await using world = await createMeshWorld()
    const { alice, mallory, inAlice } = await linked(world)
    await flood(mallory, alice, (nth) => rpcOf(topicOf(KITCHEN), 100, nth))
    await expect.poll(() => connectionsOf(alice, mallory), soon).toBe(0)
    expect(alice.mesh.dropped.get('over-carried')).toBeGreaterThan(0)
    expect([...alice.mesh.budgets.ignored.value.keys()]).toEqual([mallory.device])
    // Another comes, and finds her as ever; the flooder does not.
    const carol = await world.join('Carol')
    const inCarol = carol.enter(KITCHEN)
    await expect.poll(() => pathOf(alice, carol), soon).toBe('direct')
    await expect.poll(async () => await carol.say(inCarol, 'hello'), soon).toBeGreaterThan(0)
    await expect.poll(() => alice.heard.some(({ frame }) => frame === 'hello'), soon).toBe(true)
    await expect(mallory.mesh.open(alice.device, '/parley/hello/1', { signal: AbortSignal.timeout(10_000) })).rejects.toThrow()
    expect(connectionsOf(alice, mallory)).toBe(0)
    await expect.poll(async () => await alice.say(inAlice, 'hello back'), soon).toBeGreaterThan(0)
  })

  it('topics that nobody asked for reaches no room, and nothing of it is kept', async () => {
    await using world = await createMeshWorld()
    const { alice, mallory } = await linked(world)
    const { pubsub } = alice.libp2p.services as unknown as { pubsub: { mcache: { msgs: Map<string, { message: { topic: string } }> } } }
    const { streamsOutbound } = mallory.libp2p.services.pubsub as unknown as Router
    streamsOutbound.get(toPeerId(alice.device).toString())?.push(rpcOf('parley/1/nobody', 100, 0))
    await expect.poll(() => alice.mesh.dropped.get('unknown-topic'), soon).toBe(1)
    await flood(mallory, alice, (nth) => rpcOf(`parley/1/${nth}`, 100, nth))
    expect(alice.heard.filter(({ frame }) => !frame.startsWith('warm'))).toEqual([])
    expect([...pubsub.mcache.msgs.values()].filter(({ message }) => message.topic !== topicOf(KITCHEN))).toEqual([])
  })

  it('noise in the place of gossip has it dropped before it is decoded, and its link stays', async () => {
    await using world = await createMeshWorld()
    const { alice, mallory } = await linked(world)
    const noise = new Uint8Array(256 * 1024).fill(0xff)
    const { streamsOutbound } = mallory.libp2p.services.pubsub as unknown as Router
    while (!alice.mesh.dropped.has('over-carried-bytes')) {
      streamsOutbound.get(toPeerId(alice.device).toString())?.push(noise)
      await new Promise((resolve) => { setTimeout(resolve, 5) })
    }
    expect(pathOf(alice, mallory)).toBe('direct')
  })

  it('streams of a protocol has them reset, and is cut off when it goes on', async () => {
    await using world = await createMeshWorld()
    const { alice, mallory } = await linked(world)
    alice.mesh.handle('/parley/device/1', async (stream) => { await stream.close() })
    const open = async (): Promise<void> => {
      const stream = await mallory.mesh.open(alice.device, '/parley/device/1', { signal: AbortSignal.timeout(10_000) })
      stream.abort(new Error('the next one'))
    }
    while (!alice.mesh.budgets.isIgnored(mallory.device)) await Promise.allSettled(Array.from({ length: 16 }, open))
    expect(alice.mesh.dropped.get('over-other-streams')).toBeGreaterThan(0)
    await expect.poll(() => connectionsOf(alice, mallory), soon).toBe(0)
  })
})
