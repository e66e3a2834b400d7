import { start, type Connection, type Stream } from '@libp2p/interface'
import type { ConnectionManager, Registrar } from '@libp2p/interface-internal'
import { ping } from '@libp2p/ping'
import { describe, expect, it, vi } from 'vitest'
import { answerPings, PING_PROTOCOL, PING_STREAMS } from '#shared/wire/ping.ts'
import { toPeerId } from '#shared/wire/peer-id.ts'
import { createMeshWorld, KITCHEN, pathOf, type MeshWorld, type Person } from '../testing/mesh-world.ts'
import { pingConnection } from './ping.ts'

const soon = { timeout: 15_000, interval: 10 }
const inTime = (): AbortSignal => AbortSignal.timeout(10_000)

const pingsOf = ({ streams }: Connection, direction: Stream['direction']): Stream[] =>
  streams.filter((stream) => stream.protocol === PING_PROTOCOL && stream.direction === direction)
const opened = (newStream: { mock: { calls: unknown[][] } }): number =>
  newStream.mock.calls.filter(([protocol]) => protocol === PING_PROTOCOL).length

async function linkTwo (world: MeshWorld): Promise<{ alice: Person, bob: Person, direct: Connection }> {
  const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
  for (const person of [alice, bob]) person.enter(KITCHEN)
  await expect.poll(() => [pathOf(alice, bob), pathOf(bob, alice)], soon).toEqual(['direct', 'direct'])
  // The first pings are over, of both.
  const isMeasured = (from: Person, to: Person): boolean =>
    typeof from.mesh.links.value.get(to.device)?.latencyMs === 'number'
  await expect.poll(() => isMeasured(alice, bob) && isMeasured(bob, alice), soon).toBe(true)
  return { alice, bob, direct: directTo(alice, bob) }
}

function directTo (from: Person, to: Person): Connection {
  const direct = from.libp2p.getConnections(toPeerId(to.device)).find(({ limits }) => limits === undefined)
  if (direct === undefined) throw new Error('not linked')
  return direct
}

/** One that is kept, and no ping under way. */
async function settled (connection: Connection): Promise<Stream> {
  await pingConnection(connection, inTime())
  await expect.poll(() => pingsOf(connection, 'outbound').length, soon).toBe(1)
  return pingsOf(connection, 'outbound')[0]!
}

describe('pings, on a real relay and real WebRTC', () => {
  it('all pings of a connection go over one stream, to a member and to the node', async () => {
    await using world = await createMeshWorld()
    const { alice, direct } = await linkTwo(world)
    const isToNode = ({ remoteAddr }: Connection): boolean => !/webrtc|circuit/.test(remoteAddr.toString())
    const toNode = alice.libp2p.getConnections().find(isToNode)!
    for (const connection of [direct, toNode]) {
      const stream = await settled(connection)
      const newStream = vi.spyOn(connection, 'newStream')
      for (let times = 0; times < 5; times++) await pingConnection(connection, inTime())
      expect(opened(newStream)).toBe(0)
      // Two at once need two; one of them is kept.
      await Promise.all([pingConnection(connection, inTime()), pingConnection(connection, inTime())])
      expect(opened(newStream)).toBe(1)
      await expect.poll(() => pingsOf(connection, 'outbound').length, soon).toBe(1)
      expect(stream.status).toBe('open')
    }
  })

  it('nothing is asked over a relayed connection that a direct one follows', async () => {
    await using world = await createMeshWorld()
    const { alice, bob, direct } = await linkTwo(world)
    const asked = (connection: Connection): number =>
      pingsOf(connection, 'outbound').length + pingsOf(connection, 'inbound').length
    expect(asked(direct)).toBeGreaterThan(0)
    const relayed = alice.libp2p.getConnections(toPeerId(bob.device)).filter(({ limits }) => limits !== undefined)
    expect(relayed.map(asked)).toEqual([0])
  })

  it('opens another stream when the other end has reset the one that was kept', async () => {
    await using world = await createMeshWorld()
    const { alice, bob, direct } = await linkTwo(world)
    await settled(direct)
    const atBob = directTo(bob, alice)
    for (const stream of pingsOf(atBob, 'inbound')) stream.abort(new Error('too old'))
    // Whether or not the reset has arrived.
    expect(await pingConnection(direct, inTime())).toBeGreaterThanOrEqual(0)
    expect(direct.status).toBe('open')
    await expect.poll(() => pingsOf(direct, 'outbound').length, soon).toBe(1)
  })

  it('is answered by a peer with the handler of libp2p, which ends each stream by its age', async () => {
    await using world = await createMeshWorld()
    const { bob, direct } = await linkTwo(world)
    const handle: Registrar['handle'] = async (protocol, handler, options) =>
      await bob.libp2p.handle(protocol, handler, { ...options, force: true })
    await start(ping({ timeout: 100, maxInboundStreams: PING_STREAMS })({
      registrar: { handle } as unknown as Registrar, connectionManager: {} as ConnectionManager
    }))
    for (const stream of pingsOf(direct, 'outbound')) stream.abort(new Error('from before'))
    for (let times = 0; times < 3; times++) {
      const stream = await settled(direct)
      await expect.poll(() => stream.status, soon).toBe('reset')
    }
    expect(direct.status).toBe('open')
  })

  it('a stream is answered for as long as pings come, and reset after a silence', async () => {
    await using world = await createMeshWorld()
    const { bob, direct } = await linkTwo(world)
    const idleMs = 500
    await bob.libp2p.handle(PING_PROTOCOL, (stream) => answerPings(stream, { idleMs }), {
      force: true, maxInboundStreams: PING_STREAMS
    })
    for (const stream of pingsOf(direct, 'outbound')) stream.abort(new Error('from before'))
    const stream = await settled(direct)
    const startedAt = performance.now()
    while (performance.now() - startedAt < 3 * idleMs) await pingConnection(direct, inTime())
    expect(stream.status).toBe('open')
    await expect.poll(() => stream.status, soon).toBe('reset')
  })

  it('an answer that was not asked for counts as none', async () => {
    await using world = await createMeshWorld()
    const { bob, direct } = await linkTwo(world)
    await bob.libp2p.handle(PING_PROTOCOL, (stream) => {
      stream.addEventListener('message', ({ data }) => { stream.send(new Uint8Array(data.byteLength)) })
    }, { force: true, maxInboundStreams: PING_STREAMS })
    for (const stream of pingsOf(direct, 'outbound')) stream.abort(new Error('from before'))
    await expect(pingConnection(direct, inTime())).rejects.toThrow('another answer')
  })
})
