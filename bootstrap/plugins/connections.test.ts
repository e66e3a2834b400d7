/** A real HTTP server, and sockets that come from several addresses of the loopback network. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { createLimiter, type Limiter } from '../limits/index.ts'
import { boundConnections } from './connections.ts'

const ends: (() => unknown)[] = []
afterEach(() => { for (const end of ends.splice(0).reverse()) end() })

interface Bounded { limiter: Limiter, come: (from: string) => Promise<Socket> }

async function listen (trustedProxies: string[] = []): Promise<Bounded> {
  const limiter = createLimiter({ changes: { connections: { max: 3 } } })
  const server = createServer((_, response) => { response.end('served') })
  boundConnections(server, { limiter, trustedProxies })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => server.close(), () => server.closeAllConnections())
  const { port } = server.address() as AddressInfo
  return {
    limiter,
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
async function ask (socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (data: Buffer) => { text += data.toString() })
  const closed = once(socket, 'close')
  socket.write('GET / HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n')
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
