import { afterEach, describe, expect, it } from 'vitest'
import { problemSchema } from '#shared/http/index.ts'
import { createLimiter, LIMITS } from '../limits/index.ts'
import { createLog } from '../log.ts'
import { createPerson, startTestNode, type TestNode } from '../testing/node.ts'
import { createMetrics, type Metrics } from './index.ts'
import { serveMetrics } from './route.ts'

const TOKEN = 'k'.repeat(40)

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => { for (const end of ends.splice(0)) await end() })

async function start (environment: Record<string, string>): Promise<TestNode> {
  const node = await startTestNode({ environment })
  ends.push(() => node.stop())
  return node
}

/** The value of one line of the text format. */
const valueOf = (text: string, line: string): number | undefined => {
  const found = text.split('\n').find((one) => one.startsWith(`${line} `))?.slice(line.length)
  return found === undefined ? undefined : Number(found)
}

const metricsOf = (changes: Partial<Parameters<typeof createMetrics>[0]> = {}): Metrics =>
  createMetrics({ limiter: createLimiter(), relay: () => null, ...changes })

describe('GET /metrics beside everything else', () => {
  it('is not there unless a token is set', async () => {
    const node = await start({})
    const answer = await fetch(`${node.origin}/metrics`, { headers: { authorization: 'Bearer ' } })
    expect(answer.status).toBe(404)
  })

  it('is not there where metrics have a port of their own', async () => {
    const node = await start({ METRICS_PORT: '0', METRICS_TOKEN: TOKEN })
    expect((await fetch(`${node.origin}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(404)
  })

  it.each([
    ['no token', undefined], ['another token', `Bearer ${TOKEN.slice(1)}z`], ['a part of the token', `Bearer ${TOKEN.slice(1)}`],
    ['the token without its scheme', TOKEN], ['another scheme', `Basic ${TOKEN}`]
  ])('with %s is refused with a problem', async (_what, authorization) => {
    const node = await start({ METRICS_TOKEN: TOKEN })
    const answer = await fetch(`${node.origin}/metrics`, authorization === undefined ? {} : { headers: { authorization } })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="metrics"')
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    expect(problemSchema.parse(await answer.json())).toMatchObject({ status: 401, code: 'not-allowed' })
  })

  it('with the token counts HTTP by route and class of status, and names nobody', async () => {
    const node = await start({ METRICS_TOKEN: TOKEN })
    const alice = await createPerson(node, 'Alice')
    const { passport } = await alice.signIn()
    await fetch(`${node.origin}/v1/devices/${'ab'.repeat(16)}`, { method: 'DELETE' })
    await fetch(`${node.origin}/nothing/of/the/kind`)
    const answer = await fetch(`${node.origin}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const text = await answer.text()
    expect(valueOf(text, 'parley_http_requests_total{route="/v1/auth/otp",method="POST",status="2xx"}')).toBe(1)
    expect(valueOf(text, 'parley_http_requests_total{route="/v1/devices/:id",method="DELETE",status="4xx"}')).toBe(1)
    expect(valueOf(text, 'process_resident_memory_bytes')).toBeGreaterThan(0)
    expect(valueOf(text, 'nodejs_eventloop_lag_seconds')).toBeGreaterThanOrEqual(0)
    expect(text).not.toMatch(/alice|example\.org|127\.0\.0\.1|abab|nothing\/of/i)
    expect(text).not.toContain(passport.slice(0, 20))
  })
})

describe('what is counted', () => {
  it('are refusals by the name of their limit, each limit from the start', async () => {
    const limiter = createLimiter({ changes: { 'name-changes': { burst: 1, perSecond: 0.001 } } })
    const metrics = metricsOf({ limiter })
    for (const limit of Object.keys(LIMITS)) expect(valueOf(await metrics.text(), `parley_refusals_total{limit="${limit}"}`)).toBe(0)
    for (let i = 0; i < 3; i++) limiter.take('name-changes', 'phone')
    expect(valueOf(await metrics.text(), 'parley_refusals_total{limit="name-changes"}')).toBe(2)
    expect(valueOf(await metrics.text(), 'parley_refusals_total{limit="name-changes"}')).toBe(2)
  })

  it('are connections, guests and reservations as they are when asked', async () => {
    let connections = 0
    const metrics = metricsOf({ relay: () => ({ connectionCount: () => connections, guestCount: () => connections - 2, reservationCount: () => connections - 1 }) })
    connections = 7
    expect(valueOf(await metrics.text(), 'parley_connections')).toBe(7)
    expect(valueOf(await metrics.text(), 'parley_reservations')).toBe(6)
    expect(valueOf(await metrics.text(), 'parley_guests')).toBe(5)
  })

  it('is dropped gossip by reason, of which there are never more than so many', async () => {
    const metrics = metricsOf()
    metrics.onGossipDropped('over-limit')
    metrics.onGossipDropped('over-limit')
    for (let i = 0; i < 1000; i++) metrics.onGossipDropped(`made up ${i}`)
    const text = await metrics.text()
    expect(valueOf(text, 'parley_gossip_dropped_total{reason="over-limit"}')).toBe(2)
    expect(text.split('\n').filter((line) => line.startsWith('parley_gossip_dropped_total{')).length).toBeLessThanOrEqual(101)
  })
})

describe('a port of its own', () => {
  it.each([null, TOKEN])('serves metrics and nothing else, with a token where one is set (%s)', async (token) => {
    const { port, stop } = await serveMetrics({ metrics: metricsOf(), host: '127.0.0.1', port: 0, token, log: createLog('silent') })
    ends.push(stop)
    const url = `http://127.0.0.1:${port}`
    expect((await fetch(`${url}/metrics`)).status).toBe(token === null ? 200 : 401)
    expect((await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token ?? ''}` } })).status).toBe(200)
    expect((await fetch(`${url}/v1/info`)).status).toBe(404)
  })
})
