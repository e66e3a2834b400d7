/** The relay's door over real sockets: who gets in, how many, and that each socket that is given up is closed. */
import { noise } from '@libp2p/noise'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import type { Connection, StreamMuxer } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer, request, type IncomingMessage } from 'node:http'
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { PassportClaims } from '#shared/http/passport.ts'
import { encodeHello, HELLO_PROTOCOL } from '#shared/wire/hello.ts'
import { createFrameStream } from '#shared/wire/libp2p-frame-stream.ts'
import { createClientAddress } from '../client-address.ts'
import { createLimiter, type LimitChanges } from '../limits/index.ts'
import { makeFolder } from '../testing/node.ts'
import { createRelay } from './index.ts'

const soon = { timeout: 15_000, interval: 10 }
const OURS = 'http://node.example'

interface Door extends AsyncDisposable {
  port: number
  refusals: (limit: Parameters<ReturnType<typeof createLimiter>['refuse']>[0]) => number
  /** TCP connections that the server holds. */
  held(): Promise<number>
  /** Asks for an upgrade and keeps what comes of it. */
  upgrade(options?: { from?: string, path?: string, headers?: Record<string, string> }): Promise<{ status: number, headers: IncomingMessage['headers'], socket: Socket | null }>
  /** Connects as a device does, as far as Noise and Yamux. */
  connect(options?: { via?: number }): Promise<Connection>
}

/** A relay that takes the passport "good". */
async function openDoor (limits: LimitChanges = {}): Promise<Door> {
  const http = createServer((_request, response) => response.writeHead(404).end()).listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo
  const [dataDir, limiter] = [await makeFolder(), createLimiter({ changes: limits })]
  const relay = await createRelay({
    dataDir, limiter,
    httpServer: http,
    publicUrl: () => `http://127.0.0.1:${port}`,
    verifyPassport: (jwt) => Promise.resolve(jwt === 'good' ? { exp: Number.MAX_SAFE_INTEGER, sub: 'someone', cnf: { jkt: 'of a device' } } as PassportClaims : null),
    clientAddress: createClientAddress(['loopback']),
    mayConnectFrom: (origin) => origin === OURS
  })
  const clients: { stop(): unknown }[] = [], sockets: Socket[] = []
  return {
    port,
    refusals: (limit) => limiter.refusals.get(limit) ?? 0,
    held: () => new Promise((resolve, reject) => http.getConnections((error, count) => error === null ? resolve(count) : reject(error))),
    upgrade: ({ from = '127.0.0.1', path = '/', headers = {} } = {}) => new Promise((resolve, reject) => {
      request({
        port, path, host: '127.0.0.1', localAddress: from,
        headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', ...headers }
      }).on('upgrade', (response, socket: Socket) => {
        sockets.push(socket.on('error', () => {}))
        resolve({ status: response.statusCode ?? 0, headers: response.headers, socket })
      }).on('response', (response) => resolve({ status: response.statusCode ?? 0, headers: response.headers, socket: null })).on('error', reject).end()
    }),
    async connect ({ via = port } = {}) {
      const client = await createLibp2p({
        transports: [webSockets()], connectionEncrypters: [noise()], streamMuxers: [yamux()], connectionMonitor: { enabled: false },
        connectionGater: { denyDialMultiaddr: () => false }
      })
      clients.push(client)
      return await client.dial(multiaddr(`/ip4/127.0.0.1/tcp/${via}/ws`))
    },
    async [Symbol.asyncDispose] () {
      for (const socket of sockets) socket.destroy()
      await Promise.all(clients.map((client) => client.stop()))
      await relay.stop()
      http.closeAllConnections()
      http.close()
      await once(http, 'close')
      await rm(dataDir, { recursive: true })
    }
  }
}

async function sayHello (connection: Connection, passport: string | null): Promise<void> {
  const stream = createFrameStream(await connection.newStream(HELLO_PROTOCOL))
  await stream.send(encodeHello(passport))
  expect(await stream.receive()).not.toBeNull()
}

describe('an upgrade is refused', () => {
  it.each(['/relay', '/v1/info', '//', '/%2e'])('on %s, which is not the path of the relay, with 404', async (path) => {
    await using door = await openDoor()
    expect(await door.upgrade({ path })).toMatchObject({ status: 404, socket: null })
    expect(await door.upgrade({ path: '/?a=b' })).toMatchObject({ status: 101 })
  })

  it.each(['http://evil.example', 'null', 'http://node.example:81', 'not an origin', ''])('to a page of another origin (%s) with 403; a program has none', async (origin) => {
    await using door = await openDoor()
    expect(await door.upgrade({ headers: { origin } })).toMatchObject({ status: 403, socket: null })
    expect(await door.upgrade({ headers: { origin: OURS } })).toMatchObject({ status: 101 })
    expect(await door.upgrade()).toMatchObject({ status: 101 })
  })

  it.each([
    ['for another protocol', { upgrade: 'h2c' }],
    ['with a key that is none', { 'sec-websocket-key': 'short' }],
    ['for another version', { 'sec-websocket-version': '99' }]
  ])('%s with 400, and holds no place', async (_what, headers) => {
    await using door = await openDoor({ sockets: { max: 1 } })
    for (let i = 0; i < 3; i++) expect(await door.upgrade({ headers })).toMatchObject({ status: 400, socket: null })
    await expect.poll(async () => (await door.upgrade()).status, soon).toBe(101)
  })

  it('above the rate of its address, with the time to wait', async () => {
    await using door = await openDoor({ upgrades: { burst: 2, perSecond: 0.1 } })
    for (let i = 0; i < 2; i++) expect(await door.upgrade()).toMatchObject({ status: 101 })
    expect(await door.upgrade()).toMatchObject({ status: 429, headers: { 'retry-after': '10' } })
    expect(await door.upgrade({ from: '127.0.0.9' })).toMatchObject({ status: 101 })
    expect(door.refusals('upgrades')).toBe(1)
  })

  it.each(['pending-sockets', 'sockets'] as const)('when its address holds all places (%s), until one is free again', async (limit) => {
    await using door = await openDoor({ [limit]: { max: 2 } })
    const first = await door.upgrade()
    await door.upgrade()
    expect(await door.upgrade()).toMatchObject({ status: 429, headers: { 'retry-after': expect.stringMatching(/^\d+$/) as string } })
    expect(await door.upgrade({ from: '127.0.0.9' })).toMatchObject({ status: 101 })
    first.socket?.destroy()
    await expect.poll(async () => (await door.upgrade()).status, soon).toBe(101)
  })

  it('when devices with a passport hold all places of the node, with 503', async () => {
    await using door = await openDoor({ 'node-sockets': { max: 1 } })
    await sayHello(await door.connect(), 'good')
    expect(await door.upgrade({ from: '127.0.0.9' })).toMatchObject({ status: 503, headers: { 'retry-after': expect.anything() as string } })
  })

  it('under the address that a trusted proxy names, whoever else shares the proxy', async () => {
    await using door = await openDoor({ sockets: { max: 1 } })
    const by = (address: string): ReturnType<Door['upgrade']> => door.upgrade({ headers: { 'x-forwarded-for': address } })
    expect(await by('203.0.113.1')).toMatchObject({ status: 101 })
    // What a visitor has claimed stands left of what the proxy has seen.
    expect(await by('198.51.100.1, 203.0.113.1')).toMatchObject({ status: 429 })
    expect(await by('203.0.113.2')).toMatchObject({ status: 101 })
  })
})

describe('strangers with many addresses', () => {
  /** As many upgrades as are asked for from each of so many addresses, of which nothing more comes. */
  async function idle (door: Door, addresses: number, each: number): Promise<{ from: string, socket: Socket }[]> {
    const sockets = []
    for (let nth = 0; nth < addresses * each; nth++) {
      const from = `127.0.1.${nth % addresses + 1}`
      const { socket } = await door.upgrade({ from })
      if (socket === null) throw new Error('refused')
      sockets.push({ from, socket: socket.resume() })
    }
    return sockets
  }

  it.each([
    ['the places without a passport', { 'node-pending-sockets': { max: 10 } }],
    ['all places of the node', { 'node-sockets': { max: 10 } }],
    ['both', { 'node-pending-sockets': { max: 10 }, 'node-sockets': { max: 10 } }]
  ])('that hold %s keep nobody out: a device signs in, and stays when they come again', async (_what, limits) => {
    await using door = await openDoor(limits)
    await idle(door, 5, 2)
    const device = await door.connect()
    await sayHello(device, 'good')
    await idle(door, 5, 4)
    expect(device.status).toBe('open')
    await sayHello(await door.connect(), 'good')
    await expect.poll(() => door.held(), soon).toBeLessThanOrEqual(11)
    expect(door.refusals('node-sockets') + door.refusals('node-pending-sockets')).toBeGreaterThan(20)
  })

  it('lose the oldest socket of the address that holds the most, and no other', async () => {
    await using door = await openDoor({ 'node-pending-sockets': { max: 5 } })
    const few = await idle(door, 2, 1)
    const many: (Socket | null)[] = []
    for (let nth = 0; nth < 3; nth++) many.push((await door.upgrade({ from: '127.0.2.1' })).socket?.resume() ?? null)
    expect(await door.upgrade({ from: '127.0.2.2' })).toMatchObject({ status: 101 })
    await expect.poll(() => many[0]?.destroyed, soon).toBe(true)
    expect([...few.map(({ socket }) => socket), ...many.slice(1)].map((socket) => socket?.destroyed)).toEqual([false, false, false, false])
  })

  it('are counted by their network, past a proxy', async () => {
    await using door = await openDoor({ 'node-pending-sockets': { max: 9 } })
    const by = async (address: string): Promise<Socket | null> => (await door.upgrade({ headers: { 'x-forwarded-for': address } })).socket?.resume() ?? null
    const homes = [await by('198.51.100.1'), await by('2001:db8:1::1')]
    // One from each /64 of a /48.
    const network: (Socket | null)[] = []
    for (let nth = 0; nth < 20; nth++) network.push(await by(`2001:db8:2:${nth}::1`))
    await expect.poll(() => network.filter((socket) => socket?.destroyed === false).length, soon).toBe(7)
    expect(homes.map((socket) => socket?.destroyed)).toEqual([false, false])
  })
})

describe('the socket of a device', () => {
  it('is closed when no passport was shown in time', async () => {
    await using door = await openDoor({ 'guest-time': { max: 300 } })
    const [silent, refused, shown] = await Promise.all([door.connect(), door.connect(), door.connect()])
    await Promise.all([sayHello(refused, 'bad'), sayHello(shown, 'good')])
    await expect.poll(() => door.held(), soon).toBe(1)
    await expect.poll(() => [silent, refused, shown].map(({ status }) => status === 'open'), soon).toEqual([false, false, true])
  })

  it.each(['close', 'abort'] as const)('is closed when the device ends the multiplexer (%s), though it keeps the socket open', async (how) => {
    await using door = await openDoor()
    const connection = await door.connect()
    await sayHello(connection, 'good')
    expect(await door.held()).toBe(1)
    const { muxer } = connection as unknown as { muxer: StreamMuxer }
    if (how === 'close') await muxer.close()
    else muxer.abort(new Error('that was all'))
    await expect.poll(() => door.held(), soon).toBe(0)
  })

  it('takes none of the places of those who have shown no passport, once it has shown one', async () => {
    await using door = await openDoor({ 'pending-sockets': { max: 1 } })
    await sayHello(await door.connect(), 'good')
    const second = await door.connect()
    expect(await door.upgrade()).toMatchObject({ status: 429 })
    await sayHello(second, 'bad')
    expect(await door.upgrade()).toMatchObject({ status: 429 })
    await sayHello(second, 'good')
    expect(await door.upgrade()).toMatchObject({ status: 101 })
  })

  it('is closed when the device asks for more than it reads', async () => {
    await using door = await openDoor({ 'socket-backlog': { max: 64 * 1024 } })
    const lines: { near: Socket, far: Socket }[] = []
    const forwarder = createTcpServer((near) => {
      const far = connect(door.port, '127.0.0.1')
      for (const socket of [near, far]) socket.on('error', () => socket.destroy())
      far.on('close', () => near.destroy())
      near.pipe(far).pipe(near)
      lines.push({ near, far })
    }).listen(0, '127.0.0.1')
    await once(forwarder, 'listening')
    const connection = await door.connect({ via: (forwarder.address() as AddressInfo).port })
    await sayHello(connection, 'good')
    for (const { near, far } of lines) far.unpipe(near).pause()
    const { muxer } = connection as unknown as { muxer: { sendPing(id: number): void } }
    // Nothing but the answers fills the socket: the device has no stream open.
    for (let id = 0; await door.held() > 0; id++) {
      for (let i = 0; i < 1000; i++) muxer.sendPing(id)
      await new Promise((resolve) => { setImmediate(resolve) })
    }
    for (const { near, far } of lines) for (const socket of [near, far]) socket.destroy()
    forwarder.close()
  })

  it('is closed when it has sent too much before a passport, and carries as much as it likes after one', async () => {
    await using door = await openDoor()
    const [guest, member] = await Promise.all([door.connect(), door.connect()])
    await sayHello(member, 'good')
    const flood = async (connection: Connection): Promise<void> => {
      const stream = await connection.newStream('/ipfs/ping/1.0.0')
      for (let i = 0; i < 8 && stream.status === 'open'; i++) if (!stream.send(new Uint8Array(16 * 1024))) await stream.onDrain()
    }
    await Promise.allSettled([flood(guest), flood(member)])
    await expect.poll(() => guest.status === 'open', soon).toBe(false)
    expect(door.refusals('guest-bytes')).toBe(1)
    await sayHello(member, 'good')
  })
})
