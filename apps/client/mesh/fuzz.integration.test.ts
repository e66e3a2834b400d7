/** A linked device that opens streams of each protocol and writes noise to them: nothing of it may end as an error that nobody catches. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Connection } from '@libp2p/interface'
import { FIRST_HELLO_PROTOCOL, HELLO_PROTOCOL } from '#shared/wire/hello.ts'
import { toPeerId } from '#shared/wire/peer-id.ts'
import { createMeshWorld, KITCHEN, pathOf } from '../testing/mesh-world.ts'

const ECHO_PROTOCOL = '/parley/echo/1'
const soon = { timeout: 20_000, interval: 10 }

let uncaught: unknown[]
const onUncaught = (error: unknown): void => { uncaught.push(error) }
beforeEach(() => {
  uncaught = []
  process.on('uncaughtException', onUncaught).on('unhandledRejection', onUncaught)
})
afterEach(() => { process.off('uncaughtException', onUncaught).off('unhandledRejection', onUncaught) })

const noise = (bytes: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(bytes))

/** Opens a stream, writes something and ends it in one of the ways there are. */
async function tease (connection: Connection, protocol: string, nth: number): Promise<void> {
  const stream = await connection.newStream(protocol, { signal: AbortSignal.timeout(2000), runOnLimitedConnection: true, maxOutboundStreams: 10_000 })
  if (nth % 4 !== 0) stream.send(noise(1 + nth % 300))
  switch (nth % 5) {
    case 0: stream.abort(new Error('enough')); return
    case 1: await stream.close({ signal: AbortSignal.timeout(2000) }); return
    case 2: await stream.closeRead({ signal: AbortSignal.timeout(2000) }); return
    case 3:
      for (let more = 0; more < 20; more++) stream.send(noise(1000))
      stream.abort(new Error('in the middle'))
      return
    default:
  }
}

it.each(['direct', 'relayed'] as const)('noise on the streams of a %s link ends as nothing but counted drops', async (path) => {
  await using world = await createMeshWorld()
  const [alice, mallory] = [await world.join('Alice'), await world.join('Mallory')]
  if (path === 'relayed') {
    alice.hidesFrom.add(mallory.device)
    mallory.hidesFrom.add(alice.device)
  }
  // Replies to whatever comes, also where nobody reads any more.
  alice.mesh.handle(ECHO_PROTOCOL, async (stream) => {
    for (let frame = await stream.receive(); frame !== null; frame = await stream.receive()) await stream.send(frame)
    await stream.close()
  })
  const inAlice = alice.enter(KITCHEN)
  mallory.enter(KITCHEN)
  await expect.poll(() => [pathOf(alice, mallory), pathOf(mallory, alice)], soon).toEqual([path, path])
  // Without a direct link there is a connection only while something goes over it.
  const standing = await mallory.mesh.open(alice.device, ECHO_PROTOCOL, { signal: AbortSignal.timeout(10_000) })
  // What is no hello ends the link: that comes last.
  const protocols = [...alice.libp2p.getProtocols().filter((protocol) => protocol !== HELLO_PROTOCOL && protocol !== FIRST_HELLO_PROTOCOL), ECHO_PROTOCOL, '/nobody/1']
  const order = Array.from({ length: 25 * protocols.length }, (_, nth) => protocols[nth % protocols.length] ?? '').concat(HELLO_PROTOCOL)
  for (const [nth, protocol] of order.entries()) {
    const connection = mallory.libp2p.getConnections(toPeerId(alice.device)).find(({ status }) => status === 'open')
    if (connection === undefined) break
    await Promise.allSettled([tease(connection, protocol, nth), alice.say(inAlice, `meanwhile ${nth}`)])
  }
  standing.abort(new Error('gone'))
  for (const connection of mallory.libp2p.getConnections(toPeerId(alice.device))) connection.abort(new Error('gone'))
  await expect.poll(() => alice.mesh.dropped.get('frame-too-long') ?? 0, soon).toBeGreaterThan(0)
  expect(alice.mesh.node.value).toBe('online')
  expect(uncaught).toEqual([])
})
