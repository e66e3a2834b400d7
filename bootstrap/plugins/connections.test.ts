/** A real HTTP server, and sockets that come from several addresses of the loopback network. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createLimiter, type LimitChanges, type Limiter } from '../limits/index.ts'
import { boundConnections } from './connections.ts'

const ends: (() => unknown)[] = []
afterEach(() => { for (const end of ends.splice(0).reverse()) end() })

interface Bounded { server: Server, limiter: Limiter, come: (from: string) => Promise<Socket> }

async function listen (trustedProxies: string[] = [], changes: LimitChanges = { connections: { max: 3 } }): Promise<Bounded> {
  const limiter = createLimiter({ changes })
  const server = createServer((_, response) => { response.end('served') })
  boundConnections(server, { limiter, trustedProxies })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => server.close(), () => server.closeAllConnections())
  const { port } = server.address() as AddressInfo
  return {
    server, limiter,
    async come (from) {
      const socket = connect({ host: '127.0.0.1', port, localAddress: from })
      socket.on('error', () => {})
      ends.push(() => socket.destroy())
      await once(socket, 'connect')
      return socket
    }
  }
}

/** What comes back for a request; empty when the connection was ended instead. */
async function ask (socket: Socket, headers = ''): Promise<string> {
  let text = ''
  socket.on('data', (data: Buffer) => { text += data.toString() })
  const closed = once(socket, 'close')
  socket.write(`GET / HTTP/1.1\r\nHost: node\r\nConnection: close\r\n${headers}\r\n`)
  await closed
  return text
}

it('connections that say nothing are bounded for their address, and another address is served', async () => {
  const { limiter, come } = await listen()
  for (let nth = 0; nth < 3; nth++) await come('127.0.0.5')
  expect(await ask(await come('127.0.0.5'))).toBe('')
  expect(limiter.refusals.get('connections')).toBe(1)
  expect(await ask(await come('127.0.0.6'))).toMatch(/served$/)
})

it('a connection that ends gives its place back', async () => {
  const { limiter, come } = await listen()
  const sockets = [await come('127.0.0.5'), await come('127.0.0.5'), await come('127.0.0.5')]
  for (const socket of sockets) expect(await ask(socket)).toMatch(/served$/)
  expect(await ask(await come('127.0.0.5'))).toMatch(/served$/)
  expect(limiter.refusals.get('connections')).toBeUndefined()
})

it('a trusted proxy carries as many as it likes', async () => {
  const { come } = await listen(['127.0.0.5'])
  for (let nth = 0; nth < 6; nth++) await come('127.0.0.5')
  expect(await ask(await come('127.0.0.5'))).toMatch(/served$/)
})

describe('when the connections of all addresses are taken', () => {
  it('the address with the most loses its newest, and a newcomer is served', async () => {
    const { limiter, come } = await listen([], { 'node-connections': { max: 4 } })
    const other = await come('127.0.0.6')
    const many = [await come('127.0.0.5'), await come('127.0.0.5'), await come('127.0.0.5')]
    const lost = once(many[2]!.resume(), 'close')
    const newcomer = await come('127.0.0.7')
    await lost
    expect(limiter.refusals.get('node-connections')).toBe(1)
    for (const socket of [newcomer, other, ...many.slice(0, 2)]) expect(await ask(socket)).toMatch(/served$/)
  })

  it('a newcomer from the address with the most is the one that loses', async () => {
    const { come } = await listen([], { 'node-connections': { max: 4 } })
    const sockets = [await come('127.0.0.6')]
    for (let nth = 0; nth < 3; nth++) sockets.push(await come('127.0.0.5'))
    expect(await ask(await come('127.0.0.5'))).toBe('')
    for (const socket of sockets) expect(await ask(socket)).toMatch(/served$/)
  })

  it('connections of a proxy count for the visitors whose requests they carry', async () => {
    const { come } = await listen(['127.0.0.5'], { 'node-connections': { max: 4 } })
    const carry = async (visitor: string): Promise<Socket> => {
      const socket = await come('127.0.0.5')
      socket.write(`GET / HTTP/1.1\r\nHost: node\r\nX-Forwarded-For: ${visitor}\r\n\r\n`)
      await once(socket, 'data')
      return socket
    }
    const quiet = await carry('192.0.2.1')
    const busy = [await carry('192.0.2.2'), await carry('192.0.2.2'), await carry('192.0.2.2')]
    const lost = once(busy[2]!, 'close')
    expect(await ask(await come('127.0.0.5'), 'X-Forwarded-For: 192.0.2.3\r\n')).toMatch(/served$/)
    await lost
    expect([quiet, ...busy.slice(0, 2)].map(({ destroyed }) => destroyed)).toEqual([false, false, false])
  })

  it('a connection that has become a WebSocket takes no place', async () => {
    const { server, come } = await listen([], { 'node-connections': { max: 2 } })
    server.on('upgrade', (_request, socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'))
    const upgraded = []
    for (let nth = 0; nth < 5; nth++) {
      const socket = await come('127.0.0.5')
      socket.write('GET / HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
      await once(socket, 'data')
      upgraded.push(socket)
    }
    expect(await ask(await come('127.0.0.5'))).toMatch(/served$/)
    expect(upgraded.map(({ destroyed }) => destroyed)).toEqual(Array(5).fill(false))
  })
})
