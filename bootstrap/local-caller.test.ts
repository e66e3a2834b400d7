import { request as httpRequest } from 'node:http'
import { networkInterfaces } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isLocalCaller } from './local-caller.ts'
import { createPerson, startTestNode, type Person, type TestNode } from './testing/node.ts'

let node: TestNode
let alice: Person
beforeEach(async () => {
  node = await startTestNode({ limits: { 'http-calls': { burst: 1, perSecond: 1e-9 } } })
  alice = await createPerson(node, 'Alice')
  await alice.api.requestCode(alice.email)
})
afterEach(async () => { await node.stop() })

/** Over a real socket, with any `Host`; `fetch` would not send one. */
function get (path: string, headers: Record<string, string>): Promise<{ status: number, body: string }> {
  return new Promise((resolve, reject) => {
    httpRequest(new URL(path, node.origin), { headers, setHost: headers['host'] === undefined }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => { body += chunk })
        .on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    }).on('error', reject).end()
  })
}

describe('the inbox of a node without mail', () => {
  it.each(['localhost', '127.0.0.1:8080', '[::1]:8080', 'LOCALHOST:1'])('is shown to this machine under the name %s', async (host) => {
    const { status, body } = await get(`/dev/mail?to=${alice.email}`, { host })
    expect([status, JSON.parse(body)]).toEqual([200, [{ to: alice.email, code: alice.readCode(), sentAt: expect.any(Number) }]])
  })

  it.each<[string, Record<string, string>]>([
    ['asks for another name and claims a local one', { 'host': 'evil.example', 'x-forwarded-host': 'localhost' }],
    ['asks for a name that points at this machine', { host: 'evil.example' }],
    ['asks for a name that begins like a local one', { host: '127.0.0.1.evil.example' }],
    ['hides another name behind a user name', { host: 'localhost@evil.example' }],
    ['was passed on for somebody', { 'x-forwarded-for': '203.0.113.1' }],
    ['was passed on for somebody who claims to be local', { 'x-forwarded-for': '127.0.0.1' }],
    ['was passed on with another standard\'s header', { forwarded: 'for=127.0.0.1;host=localhost' }],
    ['was passed on by a tunnel', { 'cf-connecting-ip': '127.0.0.1' }],
    ['claims a local name beside a local one', { 'host': 'localhost', 'x-forwarded-host': 'localhost' }]
  ])('is not shown to a request that %s', async (_what, headers) => {
    const { status, body } = await get('/dev/mail', headers)
    expect(status).toBe(404)
    expect(body).not.toContain(alice.readCode())
  })

  it('is not shown to another machine that asks for a local name', () => {
    const from = (remoteAddress: string): boolean => isLocalCaller({ raw: { headers: { host: 'localhost' }, socket: { remoteAddress } } })
    expect(['127.0.0.1', '::1', '::ffff:127.0.0.1'].map(from)).toEqual([true, true, true])
    const own = Object.values(networkInterfaces()).flat().flatMap((each) => each === undefined || each.internal ? [] : [each.address])
    expect(['192.0.2.1', '::ffff:192.0.2.1', '::', '', ...own].some(from)).toBe(false)
  })
})

describe('the limits of addresses', () => {
  it('do not hold for this machine on a node without mail', async () => {
    for (let call = 0; call < 5; call++) expect((await get('/v1/info', {})).status).toBe(200)
  })

  it.each<[string, Record<string, string>]>([
    ['claims to come from this machine', { 'x-forwarded-for': '127.0.0.1' }],
    ['came to another name', { host: 'evil.example' }],
    ['names no proxy but a local host', { 'x-forwarded-host': 'localhost' }]
  ])('hold for a request that %s', async (_what, headers) => {
    expect((await get('/v1/info', headers)).status).toBe(200)
    expect((await get('/v1/info', headers)).status).toBe(429)
  })
})
