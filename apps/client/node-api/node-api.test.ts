import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createDeviceKey, createPerson, startTestNode } from '../../../bootstrap/testing/node.ts'
import { DPOP_WINDOW_MS } from '#shared/limits.ts'
import { createNodeApi, type NodeApi } from './index.ts'

const open: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of open.splice(0)) await each.stop()
})

/** Something that listens where a node should be. */
async function apiOf (listener: RequestListener, timeoutMs?: number): Promise<NodeApi> {
  const server: Server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push({
    stop: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  })
  return createNodeApi({
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, deviceKey: await createDeviceKey(),
    ...(timeoutMs === undefined ? {} : { timeoutMs })
  })
}

describe('a device whose clock is off', () => {
  it.each([-3 * 3_600_000, 2 * 24 * 3_600_000])('by %i ms corrects itself by the node\'s time and is signed in', async (offMs) => {
    const node = await startTestNode()
    open.push(node)
    const alice = await createPerson(node, 'Alice', { now: () => Date.now() + offMs })
    expect(alice.api.clockOffsetMs).toBeNull()
    const { passport } = await alice.signIn()
    expect(Math.abs((alice.api.clockOffsetMs ?? 0) - offMs)).toBeLessThan(5_000)
    await expect(alice.api.devices(passport)).resolves.toHaveLength(1)
  })

  it('learns that from the node\'s information too', async () => {
    const node = await startTestNode()
    open.push(node)
    const alice = await createPerson(node, 'Alice', { now: () => Date.now() + DPOP_WINDOW_MS * 3 })
    await alice.api.info()
    expect(Math.abs((alice.api.clockOffsetMs ?? 0) - DPOP_WINDOW_MS * 3)).toBeLessThan(5_000)
  })

  it('tries once more, not for ever, when the node goes on refusing', async () => {
    let calls = 0
    const api = await apiOf((_request, response) => {
      calls++
      response.writeHead(401, { 'content-type': 'application/problem+json' })
        .end(JSON.stringify({ type: 'x', title: 'Off', status: 401, code: 'clock-off', now: 1 }))
    })
    await expect(api.refresh('a.b.c')).rejects.toMatchObject({ code: 'clock-off' })
    expect(calls).toBe(2)
  })
})

describe('trouble on the way', () => {
  it('nobody listens: node-unreachable', async () => {
    const api = createNodeApi({ origin: 'http://127.0.0.1:1', deviceKey: await createDeviceKey() })
    await expect(api.info()).rejects.toMatchObject({ code: 'node-unreachable', category: 'network' })
  })

  it('no answer comes: timeout', async () => {
    const api = await apiOf(() => {}, 50)
    await expect(api.info()).rejects.toMatchObject({ code: 'timeout' })
  })

  it('the answer stops halfway: timeout', async () => {
    const api = await apiOf((_request, response) => { response.writeHead(200, { 'content-type': 'application/json' }).write('{"name":') }, 100)
    await expect(api.info()).rejects.toMatchObject({ code: 'timeout' })
  })

  it('the caller gives up, before or during: aborted', async () => {
    const controller = new AbortController()
    const api = await apiOf(() => controller.abort())
    await expect(api.info({ signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' })
    await expect(api.info({ signal: controller.signal })).rejects.toMatchObject({ code: 'aborted' })
  })

  it.each([
    ['a proxy whose node is down', 502, 'Bad Gateway', 'node-unreachable'],
    ['a page instead of an answer', 200, '<html>', 'node-error'],
    ['an answer of another shape', 200, '{"name":1}', 'node-error'],
    ['an error of another service', 418, '{"error":"teapot"}', 'node-error'],
    ['a code of the future', 400, '{"type":"x","title":"x","status":400,"code":"brand-new"}', 'node-error']
  ])('%s', async (_what, status, body, code) => {
    const api = await apiOf((_request, response) => response.writeHead(status).end(body))
    await expect(api.info()).rejects.toMatchObject({ code })
  })

  it('a redirect is not followed', async () => {
    const api = await apiOf((_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end())
    await expect(api.info()).rejects.toMatchObject({ code: 'node-unreachable' })
  })

  it('details of a refusal come along', async () => {
    const api = await apiOf((_request, response) => response.writeHead(429)
      .end('{"type":"x","title":"Wait","status":429,"code":"code-cooldown","retryInMs":1234,"evil":"<b>"}'))
    await expect(api.requestCode('a@b.example')).rejects.toMatchObject({ code: 'code-cooldown', details: { retryInMs: 1234 } })
  })
})
