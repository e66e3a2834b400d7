import { describe, expect, it, vi } from 'vitest'
import type { DeviceKey } from '#shared/ids.ts'
import { toPeerId } from '#shared/wire/peer-id.ts'
import { createLine } from '../testing/line.ts'
import { createMeshWorld, KITCHEN, pathOf } from '../testing/mesh-world.ts'
import { hasGossipStream } from './gossip.ts'

interface Rpc { control?: { ihave?: unknown[] } }

const soon = { timeout: 15_000, interval: 10 }

describe('what members spare each other, on a real relay and real WebRTC', () => {
  it('tells a linked device which messages it has only if that device is not at the node', async () => {
    await using world = await createMeshWorld()
    await using line = await createLine(() => world.port)
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
    const carol = await world.join('Carol', { port: line.port })
    for (const [one, other] of [[alice, carol], [carol, alice]] as const) one.hidesFrom.add(other.device)
    const [inAlice, inBob] = [alice.enter(KITCHEN), bob.enter(KITCHEN), carol.enter(KITCHEN)]
    await expect.poll(() => [pathOf(alice, bob), pathOf(bob, carol), pathOf(carol, bob)], soon)
      .toEqual(['direct', 'direct', 'direct'])
    const { pubsub } = bob.libp2p.services
    await expect.poll(() => [alice, carol].every(({ device }) => hasGossipStream(bob.libp2p, device)), soon).toBe(true)
    const sent = vi.spyOn(pubsub as unknown as { sendRpc(peer: string, rpc: Rpc): boolean }, 'sendRpc')
    const toldOf = ({ device }: { device: DeviceKey }): number => sent.mock.calls
      .filter(([peer, { control }]) => peer === toPeerId(device).toString() && (control?.ihave?.length ?? 0) > 0).length
    let heartbeats = 0
    pubsub.addEventListener('gossipsub:heartbeat', () => { heartbeats++ })

    await alice.say(inAlice, 'by the node')
    await expect.poll(() => [bob, carol].every(({ heard }) => heard.some(({ frame }) => frame === 'by the node')), soon)
      .toBe(true)
    // A message is told of for three heartbeats.
    heartbeats = 0
    await expect.poll(() => heartbeats, soon).toBeGreaterThan(3)
    expect([toldOf(alice), toldOf(carol)]).toEqual([0, 0])

    await line[Symbol.asyncDispose]()
    await expect.poll(() => carol.mesh.node.value, soon).not.toBe('online')
    await expect.poll(async () => {
      await alice.say(inAlice, `past the node ${performance.now()}`)
      return [carol.heard.find(({ frame }) => frame.startsWith('past the node'))?.from, toldOf(carol) > 0]
    }, soon).toEqual([bob.device, true])
    expect(inBob.present.value.has(carol.device)).toBe(true)
  })

  it('asks who a peer is over the direct connection alone', async () => {
    await using world = await createMeshWorld()
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
    const identified: boolean[] = []
    for (const { libp2p } of [alice, bob]) {
      libp2p.addEventListener('peer:identify', ({ detail: { connection } }) => {
        identified.push(connection.limits === undefined)
      })
    }
    const rooms = [alice.enter(KITCHEN), bob.enter(KITCHEN)]
    expect(rooms.length).toBe(2)
    await expect.poll(() => [pathOf(alice, bob), pathOf(bob, alice)], soon).toEqual(['direct', 'direct'])
    const hasGossip = (): boolean =>
      hasGossipStream(alice.libp2p, bob.device) && hasGossipStream(bob.libp2p, alice.device)
    await expect.poll(hasGossip, soon).toBe(true)
    expect(identified).toContain(true)
    expect(identified).not.toContain(false)
  })
})
