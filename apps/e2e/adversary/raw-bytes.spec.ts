/** Bytes at the open port that no client sends: they cost their sender the socket, and nobody anything. */
import { noise } from '@libp2p/noise'
import type { Libp2p, MessageStream, StreamMuxer, StreamMuxerFactory } from '@libp2p/interface'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { once } from 'node:events'
import { expect, test } from '../harness/index.ts'
import type { NodeUnderTest } from '../harness/node.ts'
import { createRandom, layerNames, openFuzzer } from './lib/hostile-bytes.ts'
import { openLightClient, signUp, type LightClient } from './lib/light-client.ts'
import { readMemoryMiB } from './lib/process-readings.ts'
import { frame, openRawSocket, openTcp, whenClosed } from './lib/raw-socket.ts'

const ATTACKER = '127.0.0.66'
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

/** Ann was there before the attack, and still is; Ben comes after it. */
async function expectServed (node: NodeUnderTest, ann: LightClient, pid: number): Promise<void> {
  expect(node.pid()).toBe(pid)
  expect(ann.connection.status).toBe('open')
  await ann.hello()
  await using ben = await openLightClient(node.origin, { account: await signUp(node, `Ben${Math.random().toString(36).slice(2)}`) })
  expect(ben.connection.status).toBe('open')
}

const VIOLATIONS: [what: string, bytes: Buffer | Buffer[]][] = [
  ['a compressed frame that was not agreed on (RSV1)', hex('c2 80 00000000')],
  ['the bit RSV2', hex('a2 80 00000000')],
  ['an unknown opcode', hex('83 80 00000000')],
  ['an unknown control opcode', hex('8b 80 00000000')],
  ['a frame without a mask', hex('82 01 00')],
  ['an announcement of 100 MiB and one byte', hex('82 ff 0000000006400001 00000000')],
  ['an announcement of more than a number holds', hex('82 ff ffffffffffffffff 00000000')],
  ['a close code that does not exist', frame(hex('03e7'), { opcode: 8 })],
  ['half a close code', frame(hex('03'), { opcode: 8 })],
  ['a reason for closing that is no UTF-8', frame(hex('03e8 ff'), { opcode: 8 })],
  ['a fragmented control frame', frame(hex(''), { opcode: 9, isLast: false })],
  ['a control frame that is too long', frame(Buffer.alloc(126), { opcode: 9 })],
  ['text that is no UTF-8', frame(hex('ff'), { opcode: 1 })],
  ['text', frame(Buffer.from('hello'), { opcode: 1 })],
  ['a continuation of nothing', frame(hex('00'), { opcode: 0 })],
  ['a message within a fragmented message', [frame(hex('00'), { isLast: false }), frame(hex('00'))]],
  ['fragments that are too long together', Array.from({ length: 20 }, (_, i) => frame(Buffer.alloc(0xffff), { opcode: i === 0 ? 2 : 0, isLast: false }))]
]

test('each violation of the WebSocket protocol costs its sender the socket and nobody anything', async ({ node }) => {
  await using ann = await openLightClient(node.origin, { account: await signUp(node, 'Ann') })
  const pid = node.pid()
  for (const [what, bytes] of VIOLATIONS) {
    await test.step(what, async () => {
      const raw = await openRawSocket(node.origin, { from: ATTACKER })
      expect(raw.status).toBe(101)
      for (const chunk of [bytes].flat()) raw.socket.write(chunk)
      await raw.closed
    })
  }
  await expectServed(node, ann, pid)
})

const line = (text: string): Buffer => Buffer.concat([Buffer.of(text.length + 1), Buffer.from(`${text}\n`)])
const NEGOTIATION = Buffer.concat([line('/multistream/1.0.0'), line('/noise')])

test('each violation of multistream-select and of Noise costs its sender the socket and nobody anything', async ({ node }) => {
  await using ann = await openLightClient(node.origin, { account: await signUp(node, 'Ann') })
  const pid = node.pid()
  const cases: [string, Buffer[]][] = [
    ['a line without an end', [Buffer.from('\x04abcd')]],
    ['a length that is none', [hex('ffffffffffffffffffff7f')]],
    ['a line that is too long', [hex('ffff7f'), Buffer.alloc(0xffff, 0x61)]],
    ['another protocol', [line('/multistream/9.9.9')]],
    ['a Noise message without content', [NEGOTIATION, hex('0000')]],
    ['a Noise key that is too short', [NEGOTIATION, hex('0004 00112233')]],
    ['a Noise key of zeros', [NEGOTIATION, hex('0020'), Buffer.alloc(32)]],
    ['a Noise proof that is none', [NEGOTIATION, hex('0020'), Buffer.alloc(32, 9), hex('0040'), Buffer.alloc(64, 7)]]
  ]
  // Some are only late: the node waits 10 s for what may still come.
  await Promise.all(cases.map(([what, bytes]) => test.step(what, async () => {
    const raw = await openRawSocket(node.origin, { from: ATTACKER })
    for (const chunk of bytes) raw.socket.write(frame(chunk))
    await raw.closed
  })))
  await expectServed(node, ann, pid)
})

test('each violation of Yamux costs its sender the socket and nobody anything', async ({ node }) => {
  await using ann = await openLightClient(node.origin, { account: await signUp(node, 'Ann') })
  const pid = node.pid()
  const cases: [string, Buffer][] = [
    ['another version', hex('01 00 0001 00000001 00000000')],
    ['an unknown type', hex('00 09 0000 00000001 00000000')],
    ['data on no stream', hex('00 00 0000 00000000 00000000')],
    ['a stream of the wrong side', hex('00 00 0001 00000002 00000000')],
    ['a pong that nobody asked for', hex('00 02 0002 00000000 0badcafe')],
    ['a ping that is neither', hex('00 02 0008 00000000 00000001')],
    ['the end of the multiplexer, and a socket that stays open', hex('00 03 0000 00000000 00000000')],
    ['the end of the multiplexer after an error', hex('00 03 0000 00000000 00000002')]
  ]
  for (const [what, bytes] of cases) {
    await test.step(what, async () => {
      const client = await createHostile(bytes)
      const connection = await client.dial(multiaddr(`/ip4/127.0.0.1/tcp/${new URL(node.origin).port}/ws`))
      if (connection.status === 'open') await new Promise((resolve) => { connection.addEventListener('close', resolve) })
      await client.stop()
    })
  }
  await expectServed(node, ann, pid)
})

test('a signed-in device that announces more to a stream than it may send is cut off, and what it sent costs no memory', async ({ node }) => {
  await using ann = await openLightClient(node.origin, { account: await signUp(node, 'Ann') })
  const pid = node.pid()
  const before = await readMemoryMiB(pid)
  for (const [what, length] of [['2 GiB', 0x7fffffff], ['17 MiB', 17 << 20], ['more than the window', 300 * 1024]] as const) {
    await test.step(what, async () => {
      await using mallory = await openLightClient(node.origin, { account: await signUp(node, `Mallory${length}`), gossips: false })
      const { muxer } = mallory.connection as unknown as { muxer: { send(bytes: Uint8Array): boolean } }
      const header = hex('00 00 0001 00000fff 00000000')
      header.writeUInt32BE(length, 8)
      muxer.send(header)
      const chunk = new Uint8Array(60 * 1024)
      for (let sent = 0; sent < Math.min(length, 100 << 20) && mallory.connection.status === 'open'; sent += chunk.length) {
        muxer.send(chunk)
        await new Promise((resolve) => { setImmediate(resolve) })
      }
      await expect.poll(() => mallory.connection.status === 'open').toBe(false)
    })
  }
  expect(await readMemoryMiB(pid) - before).toBeLessThan(60)
  await expectServed(node, ann, pid)
})

/** A client that writes raw bytes where frames of Yamux are expected, after a real Noise handshake. */
async function createHostile (bytes: Buffer): Promise<Libp2p> {
  const streamMuxer = (): StreamMuxerFactory => ({
    protocol: '/yamux/1.0.0',
    createStreamMuxer (stream: MessageStream): StreamMuxer {
      const muxer = (yamux({ enableKeepAlive: false })() as StreamMuxerFactory).createStreamMuxer(stream)
      stream.send(bytes)
      return muxer
    }
  })
  return await createLibp2p({
    transports: [webSockets()], connectionEncrypters: [noise()], streamMuxers: [streamMuxer], connectionMonitor: { enabled: false },
    connectionGater: { denyDialMultiaddr: () => false }, connectionManager: { reconnectRetries: 0 }
  })
}

test('garbage instead of HTTP, and upgrades to what is not the relay, get a status or the end of the connection', async ({ node }) => {
  await using ann = await openLightClient(node.origin, { account: await signUp(node, 'Ann') })
  const pid = node.pid()
  const cases: [string, string | Buffer, RegExp][] = [
    ['random bytes', hex('00ff13377f'), /^HTTP\/1\.1 400 /],
    ['a hello of TLS', hex('16030100050100000100'), /^HTTP\/1\.1 400 /],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /^(HTTP\/1\.1 4\d\d |$)/],
    ['a tunnel', 'CONNECT example.org:443 HTTP/1.1\r\nHost: example.org\r\n\r\n', /^(HTTP\/1\.1 4\d\d |$)/],
    ['headers without an end', `GET / HTTP/1.1\r\nHost: node\r\nX: ${'a'.repeat(100_000)}`, /^HTTP\/1\.1 431 /],
    ['two lengths', 'POST /v1/auth/otp HTTP/1.1\r\nHost: node\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['an upgrade to another path', 'GET /v1/info HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n', /^HTTP\/1\.1 404 /],
    ['an upgrade to another protocol', 'GET / HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['an upgrade of another method', 'POST / HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n', /^HTTP\/1\.1 405 /]
  ]
  for (const [what, bytes, response] of cases) {
    await test.step(what, async () => {
      const socket = await openTcp(node.origin, { from: ATTACKER })
      let received = ''
      socket.on('data', (chunk: Buffer) => { received += chunk.toString('latin1') })
      socket.write(bytes)
      await whenClosed(socket)
      expect(received).toMatch(response)
    })
  }
  await expectServed(node, ann, pid)
})

test('frames that are announced to be huge, and many that are as large as may be, cost no memory', async ({ node }) => {
  await using ann = await openLightClient(node.origin, { account: await signUp(node, 'Ann') })
  const pid = node.pid()
  const before = await readMemoryMiB(pid)
  const flood = async (from: string, head: Buffer, bytes: number): Promise<void> => {
    const raw = await openRawSocket(node.origin, { from })
    raw.socket.write(head)
    const chunk = Buffer.alloc(64 * 1024)
    for (let sent = 0; sent < bytes && !raw.socket.destroyed; sent += chunk.length) {
      if (!raw.socket.write(chunk)) await Promise.race([once(raw.socket, 'drain').catch(() => undefined), raw.closed])
    }
    await raw.closed
  }
  let most = before
  const reading = setInterval(() => { readMemoryMiB(pid).then((now) => { most = Math.max(most, now) }, () => undefined) }, 50)
  await Promise.all(Array.from({ length: 6 }, () => flood(ATTACKER, hex('82 ff 0000000006400000 00000000'), 99 * 1024 * 1024)))
  await Promise.all(Array.from({ length: 150 }, () => flood('127.0.0.67', hex('82 ff 0000000000100000 00000000'), 1024 * 1024 - 1)))
  clearInterval(reading)
  // Before frames were bounded, 600 MiB and 150 MiB.
  expect(most - before).toBeLessThan(80)
  await expectServed(node, ann, pid)
})

test('300 connections of random and mutated bytes at each layer leave the node as it was', async ({ node }) => {
  await using ann = await openLightClient(node.origin, { account: await signUp(node, 'Ann') })
  const pid = node.pid()
  await using fuzzer = await openFuzzer(node.origin, createRandom(20_261_129))
  for (let at = 0; at < 300; at += 12) {
    await Promise.all(Array.from({ length: 12 }, (_, i) => fuzzer.strike(layerNames[i % layerNames.length]!, { from: ATTACKER })))
    node.pid()
  }
  await expectServed(node, ann, pid)
})
