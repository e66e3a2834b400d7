/** Every refusal over a real socket: also those that Node and Fastify decide before a route is looked for. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { problemSchema } from '#shared/http/index.ts'
import { startTestNode, type TestNode } from '../testing/node.ts'

let node: TestNode
beforeAll(async () => { node = await startTestNode() })
afterAll(async () => { await node.stop() })

async function send (bytes: string): Promise<{ status: number, headers: Map<string, string>, body: string }> {
  const socket = connect(Number(new URL(node.origin).port), '127.0.0.1')
  let text = ''
  socket.on('data', (chunk: Buffer) => { text += chunk.toString() })
  // The node may close before all was written.
  socket.on('error', () => {})
  socket.write(bytes)
  await once(socket, 'close')
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]))
  return { status: Number(first.split(' ')[1]), headers, body: rest.join('\r\n\r\n') }
}

const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n`
const post = (path: string, type: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`

it.each([
  ['an address that cannot be decoded', get('/v1/devices/%ff'), 400],
  ['such an address of a page', get('/%c0%af', 'Accept: text/html\r\n'), 400],
  ['such an address with a query', get('/v1/mailbox/%zz/requests?a=%ff'), 400],
  ['headers that are too large', get('/v1/info', `X-Long: ${'a'.repeat(20_000)}\r\n`), 431],
  ['too many headers', get('/v1/info', Array.from({ length: 3000 }, (_, i) => `X-${i}: a\r\n`).join('')), 431],
  ['an address that is too long', get(`/v1/devices/${'a'.repeat(20_000)}`), 431],
  ['a parameter that is too long', get(`/v1/devices/${'a'.repeat(500)}`), 404],
  ['what is no HTTP', 'hello\r\n\r\n', 400],
  ['a method that nobody knows', 'FETCH /v1/info HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
  ['a header without a colon', get('/v1/info', 'nonsense\r\n'), 400],
  ['two lengths', `POST /v1/auth/otp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na`, 400],
  ['no host', 'GET /v1/info HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
  ['a method that the address does not take', 'PATCH /v1/info HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', 404],
  ['an unknown address', get('/v1/nothing'), 404],
  ['an unknown page for no browser', get('/nothing'), 404],
  ['a body of another type', post('/v1/auth/otp', 'text/csv', 'email=a'), 415],
  ['malformed JSON', post('/v1/auth/otp', 'application/json', '{"email":'), 400],
  ['a body that is too large', post('/v1/auth/otp', 'application/json', `{"email":"${'a'.repeat(20_000)}"}`), 413]
])('%s is refused with a problem and the headers of every response', async (_what, bytes, status) => {
  const response = await send(bytes)
  expect(response.status).toBe(status)
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
  expect(problemSchema.parse(JSON.parse(response.body))).toMatchObject({ status, type: expect.stringMatching(/^urn:parley:error:/) as string })
  expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
  expect(response.headers.get('x-frame-options')).toBe('DENY')
  expect(response.headers.get('referrer-policy')).toBe('no-referrer')
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect((await fetch(`${node.origin}/healthz`)).status).toBe(200)
})
