/** Limits of plain HTTP on a real node: how often, how many at once, and for how long. Visitors come by way of a proxy on this machine. */
import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { LimitChanges } from '../limits/index.ts'
import { makeFolder, startTestNode, type TestNode } from '../testing/node.ts'

const soon = { timeout: 30_000, interval: 20 }
const ends: (() => unknown)[] = []
afterEach(async () => { for (const end of ends.splice(0).reverse()) await end() })

/** Above what the system takes from a process for a reader that reads nothing. */
const LARGE_BYTES = 32 * 1024 * 1024

async function start (limits: LimitChanges, environment: Record<string, string> = {}): Promise<TestNode> {
  const webRoot = await makeFolder()
  ends.push(() => rm(webRoot, { recursive: true }))
  await mkdir(join(webRoot, 'assets'))
  await writeFile(join(webRoot, 'index.html'), '<!doctype html>')
  await writeFile(join(webRoot, 'assets/small.js'), 'export {}')
  await writeFile(join(webRoot, 'assets/large.wasm'), Buffer.alloc(LARGE_BYTES, 1))
  const node = await startTestNode({ webRoot, limits, environment })
  ends.push(() => node.stop())
  return node
}

const get = async (node: TestNode, path: string, visitor: string): Promise<Response> => {
  const response = await fetch(new URL(path, node.origin), { headers: { 'x-forwarded-for': visitor } })
  await response.arrayBuffer()
  return response
}

/** A connection that has sent something and reads nothing unless it is told to. */
async function write (node: TestNode, head: string, { from = '127.0.0.1' } = {}): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(node.origin).port), localAddress: from })
  socket.on('error', () => {}).pause()
  ends.push(() => socket.destroy())
  await once(socket, 'connect')
  socket.write(head)
  return socket
}
const request = (path: string, visitor: string): string => `GET ${path} HTTP/1.1\r\nHost: node\r\nX-Forwarded-For: ${visitor}\r\n\r\n`

const connections = (node: TestNode): Promise<number> =>
  new Promise((resolve, reject) => node.app.server.getConnections((error, count) => error === null ? resolve(count) : reject(error)))

describe('requests above the rate of an address', () => {
  it.each(['/assets/small.js', '/openapi.json', '/nothing/at/all', '/healthz', '/'])('are refused for %s, with the time to wait, and others are served', async (path) => {
    const node = await start({ requests: { burst: 3, perSecond: 0.01 } })
    for (let nth = 0; nth < 3; nth++) expect((await get(node, path, '192.0.2.1')).status).not.toBe(429)
    const refused = await get(node, path, '192.0.2.1')
    expect([refused.status, refused.headers.get('content-type')]).toEqual([429, expect.stringContaining('application/problem+json')])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await get(node, path, '192.0.2.2')).status).not.toBe(429)
    expect(node.services.limiter.refusals.get('requests')).toBe(1)
  })

  it('are refused for files by their bytes, while what the browser has costs none', async () => {
    const node = await start({ 'file-bytes': { burst: LARGE_BYTES * 1.5, perSecond: 1 } })
    const first = await get(node, '/assets/large.wasm', '192.0.2.1')
    expect((await get(node, '/assets/large.wasm', '192.0.2.1')).status).toBe(429)
    const again = await fetch(new URL('/assets/large.wasm', node.origin), {
      headers: { 'x-forwarded-for': '192.0.2.1', 'if-none-match': first.headers.get('etag') ?? '' }
    })
    expect([first.status, again.status]).toEqual([200, 304])
    expect((await get(node, '/assets/small.js', '192.0.2.1')).status).toBe(200)
  })
})

describe('responses that are not read', () => {
  it('are bounded for their address, and another one is served', async () => {
    const node = await start({ 'requests-in-flight': { max: 3 } })
    const held = []
    for (let nth = 0; nth < 3; nth++) held.push(await write(node, request('/assets/large.wasm', '192.0.2.1')))
    await expect.poll(async () => (await get(node, '/v1/info', '192.0.2.1')).status, soon).toBe(429)
    expect((await get(node, '/assets/large.wasm', '192.0.2.2')).status).toBe(200)
    held[0]?.destroy()
    await expect.poll(async () => (await get(node, '/v1/info', '192.0.2.1')).status, soon).toBe(200)
  })

  it.each([['one to a connection', 1, 'loopback'], ['several on a connection', 3, 'loopback'], ['of visitors without a proxy', 1, '192.0.2.9']])(
    '(%s) lose their connection after a pause', async (_what, each, proxies) => {
      const node = await start({ 'response-pause': { max: 500 } }, { TRUST_PROXY: proxies })
      for (let nth = 1; nth <= 5; nth++) await write(node, request('/assets/large.wasm', '192.0.2.1').repeat(each), { from: `127.0.0.${nth}` })
      await expect.poll(() => connections(node), soon).toBe(5)
      await expect.poll(() => connections(node), soon).toBe(0)
      expect((await get(node, '/v1/info', '192.0.2.2')).status).toBe(200)
    })

  it('as a whole in time lose their connection, though something of them is read now and then', async () => {
    const node = await start({ 'response-time': { max: 1500 } })
    const socket = await write(node, request('/assets/large.wasm', '192.0.2.1'))
    const dribble = setInterval(() => { socket.read(1000) }, 50)
    ends.push(() => clearInterval(dribble))
    await expect.poll(() => connections(node), soon).toBe(0)
    expect(node.services.limiter.refusals.get('response-time')).toBe(1)
  })

  it('that are read, however large, arrive whole', async () => {
    const node = await start({})
    const bodies = await Promise.all(Array.from({ length: 5 }, async () => Buffer.from(await (await fetch(new URL('/assets/large.wasm', node.origin))).arrayBuffer())))
    for (const body of bodies) expect([body.length, body.equals(Buffer.alloc(LARGE_BYTES, 1))]).toEqual([LARGE_BYTES, true])
  })
})

it.each(['/v1/info', '/assets/small.js', '/nothing'])('a connection on which nothing follows the response for %s is ended', async (path) => {
  const node = await start({ 'idle-time': { max: 200 } }, { TRUST_PROXY: '192.0.2.9' })
  const socket = await write(node, request(path, '192.0.2.1'))
  await once(socket.resume(), 'close')
  expect(await connections(node)).toBe(0)
})

it.each(['/nothing', '/assets/nothing.js', '/v1/nothing'])('a body for %s, which nobody takes, is not waited for', async (path) => {
  const node = await start({})
  const socket = await write(node, `POST ${path} HTTP/1.1\r\nHost: node\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`)
  let text = ''
  socket.on('data', (data: Buffer) => { text += data.toString() }).resume()
  await once(socket, 'close')
  expect(text).toMatch(/^HTTP\/1\.1 404 /)
  expect(text).toContain('"not-found"')
})
