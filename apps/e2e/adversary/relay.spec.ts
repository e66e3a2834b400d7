/** Attacks through relayed connections: a device that sends, and others that accept everything and read nothing. */
import type { Stream } from '@libp2p/interface'
import { setTimeout as sleep } from 'node:timers/promises'
import { createFrameStream } from '#shared/wire/libp2p-frame-stream.ts'
import { expect, test } from '../harness/index.ts'
import { gather } from '../harness/room-verbs.ts'
import { openLightClient, signUp, type LightClient } from './lib/light-client.ts'
import { readMemoryMiB } from './lib/process-readings.ts'

const HOP = '/libp2p/circuit/relay/0.2.0/hop', STOP = '/libp2p/circuit/relay/0.2.0/stop'
/** Of the relay's protobuf: `type: STATUS, status: OK`. */
const ACCEPTED = Uint8Array.of(0x08, 1, 0x20, 100)
const RESERVE = Uint8Array.of(0x08, 0)
const SINKS = 8, CIRCUITS_PER_SINK = 32, PIECE_BYTES = 32 * 1024, PIECES = 96

const isOk = (answer: Uint8Array | null): boolean => answer?.includes(100) ?? false

/** Reserves a place at the relay, accepts whatever comes, and reads nothing of it. */
async function becomeSink (client: LightClient): Promise<void> {
  await client.libp2p.handle(STOP, async (stream) => {
    const frames = createFrameStream(stream)
    await frames.receive()
    await frames.send(ACCEPTED)
    stream.pause()
  }, { maxInboundStreams: 10_000, runOnLimitedConnection: true })
  const hop = await client.openStream(HOP)
  await hop.send(RESERVE)
  expect(isOk(await hop.receive())).toBe(true)
}

/** Opens a circuit; null when the node refuses it. */
async function connectThrough (from: LightClient, to: LightClient): Promise<Stream | null> {
  const stream = await from.connection.newStream(HOP, { signal: AbortSignal.timeout(15_000), maxOutboundStreams: 100_000 })
  const id = to.libp2p.peerId.toMultihash().bytes
  const frames = createFrameStream(stream)
  await frames.send(Uint8Array.of(0x08, 1, 0x12, id.length + 2, 0x0a, id.length, ...id))
  return isOk(await frames.receive().catch(() => null)) ? stream : null
}

test('megabytes through 256 relayed connections to devices that read nothing cost the node little memory, and two people talk meanwhile', async ({ node, person }) => {
  const { Alice: alice, Bob: bob } = await gather(person, ['Alice', 'Bob'])
  await using mallory = await openLightClient(node.origin, { account: await signUp(node, 'Mallory'), gossips: false })
  await using ends = new AsyncDisposableStack()
  const before = await readMemoryMiB(node.pid())
  let opened = 0, most = before
  for (let nth = 0; nth < SINKS; nth++) {
    const sink = ends.use(await openLightClient(node.origin, { account: await signUp(node, `Sink${nth}`), gossips: false }))
    await becomeSink(sink)
    for (let circuit = 0; circuit < CIRCUITS_PER_SINK; circuit++) {
      const stream = await connectThrough(mallory, sink)
      if (stream === null) break
      opened++
      for (let piece = 0; piece < PIECES && stream.status === 'open'; piece++) stream.send(new Uint8Array(PIECE_BYTES))
    }
    most = Math.max(most, await readMemoryMiB(node.pid()))
  }
  expect(opened).toBeGreaterThan(SINKS)
  await alice.say('Do you read me?')
  await bob.expectMessage('Do you read me?')
  // What is on its way arrives within the time that a message takes, and a little more.
  for (let look = 0; look < 20; look++) {
    await sleep(100)
    most = Math.max(most, await readMemoryMiB(node.pid()))
  }
  // Each of 256 held three megabytes before they were counted together.
  expect(most - before).toBeLessThan(200)
})
