/** Sockets that are held, dribbled, left open or gone silent: each is bounded by its address and by time, and keeps nobody else out. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { RoomTag } from '#shared/ids.ts'
import { decodeAnswer } from '#shared/wire/rendezvous.ts'
import { createLine } from '../../client/testing/line.ts'
import { expect, test } from '../harness/index.ts'
import { comeFrom } from './lib/from-address.ts'
import { registerIn } from './lib/register-in.ts'
import { openLightClient, signUp } from './lib/light-client.ts'
import { countDescriptors } from './lib/process-readings.ts'
import { openRawSocket, openTcp, whenClosed, type RawSocket } from './lib/raw-socket.ts'

/** Until the node has given up what it gives up by time. */
const inTime = { timeout: 90_000, intervals: [250] }
/** What a node opens and closes for itself while a test runs: mail, database. */
const SLACK = 8

test('2050 idle upgrades from one address keep nobody else out, and their descriptors come back', async ({ node }) => {
  const before = await countDescriptors(node.pid())
  const raws: RawSocket[] = []
  for (let i = 0; i < 41; i++) raws.push(...await Promise.all(Array.from({ length: 50 }, () => openRawSocket(node.origin, { from: '127.0.0.70' }))))
  const statuses = raws.map(({ status }) => status)
  expect(statuses.filter((status) => status === 101).length).toBeLessThanOrEqual(400)
  expect(new Set(statuses)).toEqual(new Set([101, 429]))
  expect(raws.find(({ status }) => status === 429)?.head).toMatch(/\r\nRetry-After: \d+\r\n/)

  await using ann = await openLightClient(node.origin, { account: await signUp(node, 'Ann') })
  await using detour = await comeFrom('127.0.0.71', node.origin)
  await using ben = await openLightClient(node.origin, { account: await signUp(node, 'Ben'), via: detour.origin })
  expect([ann, ben].map(({ connection }) => connection.status)).toEqual(['open', 'open'])
  // None of them has begun a handshake.
  await Promise.all(raws.map(({ closed }) => closed))
  await expect.poll(() => countDescriptors(node.pid()), inTime).toBeLessThanOrEqual(before + 2 + SLACK)
})

test('150 devices that complete Noise and never say hello cost one descriptor each, and lose it after their time', async ({ node }) => {
  const before = await countDescriptors(node.pid())
  await using detour = await comeFrom('127.0.0.72', node.origin)
  const guests = []
  for (let i = 0; i < 15; i++) {
    guests.push(...await Promise.all(Array.from({ length: 10 }, () => openLightClient(node.origin, { via: detour.origin, gossips: false }))))
  }
  // Beside the sockets, the ten connections by which the devices asked over HTTP where the relay is may still be kept alive.
  expect(await countDescriptors(node.pid()) - before).toBeLessThanOrEqual(150 + 10 + SLACK)
  await expect.poll(() => countDescriptors(node.pid()), inTime).toBeLessThanOrEqual(before + SLACK)
  await Promise.all(guests.map((guest) => guest[Symbol.asyncDispose]()))
})

test('requests and handshakes that are dribbled are ended by time', async ({ node }) => {
  const before = await countDescriptors(node.pid())
  const dribble = async (write: (bytes: Buffer) => void, closed: Promise<void>): Promise<void> => {
    const timer = setInterval(() => write(Buffer.from('a')), 500)
    await closed
    clearInterval(timer)
  }
  const endings: Promise<void>[] = []
  for (let i = 0; i < 50; i++) {
    const [silent, slow, body] = await Promise.all([1, 2, 3].map(() => openTcp(node.origin, { from: '127.0.0.73' })))
    slow!.write('GET / HTTP/1.1\r\nHost: node\r\nX-Slow: ')
    body!.write('POST /v1/auth/otp HTTP/1.1\r\nHost: node\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n')
    for (const socket of [slow!, body!]) endings.push(dribble((bytes) => socket.write(bytes), whenClosed(socket)))
    endings.push(whenClosed(silent!))
    const raw = await openRawSocket(node.origin, { from: '127.0.0.73' })
    raw.socket.write(Buffer.from([0x82, 0xfe, 0x10, 0x00, 0, 0, 0, 0]))
    endings.push(dribble((bytes) => raw.socket.write(bytes), raw.closed))
  }
  await using ann = await openLightClient(node.origin, { account: await signUp(node, 'Ann') })
  await Promise.all(endings)
  expect(ann.connection.status).toBe('open')
  await expect.poll(() => countDescriptors(node.pid()), inTime).toBeLessThanOrEqual(before + 1 + SLACK)
})

test('devices that come again a hundred times leave no descriptors', async ({ node }) => {
  await using ann = await openLightClient(node.origin, { account: await signUp(node, 'Ann'), gossips: false })
  const { remoteAddr } = ann.connection
  const before = await countDescriptors(node.pid())
  for (let i = 0; i < 100; i++) await ann.libp2p.dial(remoteAddr, { force: true })
  // Each new connection ends the one before.
  await expect.poll(() => countDescriptors(node.pid()), inTime).toBeLessThanOrEqual(before + SLACK)
  await expect.poll(() => ann.libp2p.getConnections().filter(({ status }) => status === 'open').length, inTime).toBe(1)
  for (const connection of ann.libp2p.getConnections()) connection.abort(new Error('the network is gone'))
  await expect.poll(() => countDescriptors(node.pid()), inTime).toBeLessThanOrEqual(before - 1 + SLACK)
})

test('frozen devices, and one whose cable is pulled, are soon told as gone, and a quiet one stays', async ({ node }) => {
  const room = 'cd'.repeat(16) as RoomTag
  await using ann = await openLightClient(node.origin, { account: await signUp(node, 'Ann'), gossips: false })
  const told = await registerIn(room, ann)
  const present = new Set<string>()
  const listening = (async () => {
    for (;;) {
      const bytes = await told.receive({ timeoutMs: 300_000 }).catch(() => null)
      if (bytes === null) return
      const answer = decodeAnswer(bytes)
      if (answer.type === 'arrived') present.add(answer.device)
      if (answer.type === 'left') present.delete(answer.device)
    }
  })()

  await using quiet = await openLightClient(node.origin, { account: await signUp(node, 'Quiet'), gossips: false })
  await using line = await createLine(() => Number(new URL(node.origin).port))
  await using cabled = await openLightClient(node.origin, { account: await signUp(node, 'Cabled'), gossips: false, via: `http://127.0.0.1:${line.port}` })
  for (const client of [quiet, cabled]) await registerIn(room, client)

  const names = ['One', 'Two', 'Three', 'Four', 'Five']
  const child = fork(join(import.meta.dirname, 'lib/light-client-process.ts'), [node.origin, room, ...names], { stdio: ['pipe', 'pipe', 'inherit', 'ipc'] })
  try {
    for await (const line of createInterface(child.stdout!)) {
      if (line === 'ready') break
      child.stdin!.write(`${await node.mailbox.nextCode(line.slice('code '.length))}\n`)
    }
    await expect.poll(() => present.size).toBe(7)
    child.kill('SIGSTOP')
    line.silence()
    await expect.poll(() => [...present], inTime).toEqual([quiet.device])
  } finally {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  expect(quiet.connection.status).toBe('open')
  await ann[Symbol.asyncDispose]()
  await listening
})
