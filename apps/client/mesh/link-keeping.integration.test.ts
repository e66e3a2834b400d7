import { describe, expect, it, vi } from 'vitest'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { toPeerId } from '#shared/wire/peer-id.ts'
import { askToEnd, LINK_END_PROTOCOL } from '../protocols/link-end/index.ts'
import { createMeshWorld, KITCHEN, pathOf, type Person } from '../testing/mesh-world.ts'

const soon = { timeout: 15_000, interval: 10 }

async function answerAll (stream: FrameStream): Promise<void> {
  for (let frame = await stream.receive(); frame !== null; frame = await stream.receive()) await stream.send(frame)
  await stream.close()
}

describe('links that begin and end, on a real relay and real WebRTC', () => {
  it('a device is told before its direct link ends, and uses it no longer from that moment', async () => {
    await using world = await createMeshWorld()
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
    const rooms = [alice.enter(KITCHEN), bob.enter(KITCHEN)]
    expect(rooms.length).toBe(2)
    await expect.poll(() => [pathOf(alice, bob), pathOf(bob, alice)], soon).toEqual(['direct', 'direct'])
    alice.mesh.handle('/test/echo/1', async (stream) => { await stream.close() })
    // As Chromium does: the connection stays open at Bob's end when Alice has ended hers.
    const [direct] = bob.libp2p.getConnections(toPeerId(alice.device)).filter(({ limits }) => limits === undefined)
    direct!.close = () => Promise.resolve()
    const newStream = vi.spyOn(direct!, 'newStream')

    alice.hidesFrom.add(bob.device)
    alice.mesh.reviewLinks()
    await expect.poll(() => pathOf(bob, alice), soon).toBe('relayed')
    const opened = await bob.mesh.open(alice.device, '/test/echo/1', { signal: AbortSignal.timeout(10_000) })
    expect(await opened.receive()).toBeNull()
    expect(newStream.mock.calls.map(([protocol]) => protocol)).not.toContain('/test/echo/1')
  })

  it('no stream is opened on a direct link that ICE has lost, and it is shown to nobody', async () => {
    await using world = await createMeshWorld()
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
    const rooms = [alice.enter(KITCHEN), bob.enter(KITCHEN)]
    expect(rooms.length).toBe(2)
    await expect.poll(() => [pathOf(alice, bob), pathOf(bob, alice)], soon).toEqual(['direct', 'direct'])
    bob.mesh.handle('/test/echo/1', async (stream) => await stream.close())
    for (const connection of alice.libp2p.getConnections(toPeerId(bob.device)).filter(({ limits }) => limits === undefined)) {
      const { peerConnection } = (connection as unknown as { maConn: { peerConnection: RTCPeerConnection } }).maConn
      const newStream = vi.spyOn(connection, 'newStream')
      vi.spyOn(peerConnection, 'connectionState', 'get').mockReturnValue('disconnected')
      peerConnection.dispatchEvent(new Event('connectionstatechange'))
      expect(pathOf(alice, bob)).toBe('relayed')
      const stream = await alice.mesh.open(bob.device, '/test/echo/1', { signal: AbortSignal.timeout(10_000) })
      expect(await stream.receive()).toBeNull()
      expect(newStream.mock.calls.map(([protocol]) => protocol)).not.toContain('/test/echo/1')
    }
  })

  it('a relayed connection stands for as long as something goes over it, and another one is made when needed', async () => {
    await using world = await createMeshWorld()
    const options = { relayedIdleMs: 200 }
    const [alice, bob, carol] = [await world.join('Alice', options), await world.join('Bob', options), await world.join('Carol', options)]
    const people = [alice, bob, carol]
    for (const one of people) for (const other of people) one.hidesFrom.add(other.device)
    const rooms = people.map((person) => person.enter(KITCHEN))
    expect(rooms.length).toBe(3)
    await expect.poll(() => [pathOf(alice, bob), pathOf(alice, carol)], soon).toEqual(['relayed', 'relayed'])
    const connections = ({ device }: Person): number => alice.libp2p.getConnections(toPeerId(device)).length
    // Nothing was said yet, and nothing stands between them.
    expect([connections(bob), connections(carol)]).toEqual([0, 0])

    for (const person of [bob, carol]) person.mesh.handle('/test/echo/1', async (stream) => await answerAll(stream))
    const open = async (person: Person): Promise<FrameStream> =>
      await alice.mesh.open(person.device, '/test/echo/1', { signal: AbortSignal.timeout(10_000) })
    const echo = async (stream: FrameStream): Promise<void> => {
      await stream.send(Uint8Array.of(1))
      expect(await stream.receive()).toEqual(Uint8Array.of(1))
    }
    const [used, unused] = [await open(bob), await open(carol)]
    for (let times = 0; times < 2; times++) {
      const stream = times === 0 ? unused : await open(carol)
      await echo(stream)
      await stream.close()
      await expect.poll(() => connections(carol), soon).toBe(0)
      expect(pathOf(alice, carol)).toBe('relayed')
    }
    expect(connections(bob)).toBe(1)
    await echo(used)
  })

  it('a direct link ends when neither end needs it, and stays while one does', async () => {
    await using world = await createMeshWorld()
    const [alice, bob] = [await world.join('Alice'), await world.join('Bob')]
    const [inAlice, inBob] = [alice.enter(KITCHEN), bob.enter(KITCHEN)]
    await expect.poll(() => [pathOf(alice, bob), pathOf(bob, alice)], soon).toEqual(['direct', 'direct'])
    const ask = async (): Promise<boolean> =>
      await askToEnd(await alice.mesh.open(bob.device, LINK_END_PROTOCOL, { signal: AbortSignal.timeout(10_000) }))
    expect(await ask()).toBe(false)
    expect(pathOf(bob, alice)).toBe('direct')
    inAlice.leave()
    inBob.leave()
    // What is still on its way over it keeps it for a moment.
    await expect.poll(ask, soon).toBe(true)
    expect(pathOf(bob, alice)).not.toBe('direct')
  })
})
