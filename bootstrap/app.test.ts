import { createHmac, randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { get as httpGet, type IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { problemSchema } from '#shared/http/index.ts'
import { compressFolder } from '../scripts/lib/compress.ts'
import { PROTOCOL } from '#shared/protocol.ts'
import { VERSION } from './version.ts'
import { createPerson, makeFolder, startTestNode, type TestNode, type TestNodeOptions } from './testing/node.ts'

const open: TestNode[] = []
const start = async (options?: TestNodeOptions): Promise<TestNode> => {
  const node = await startTestNode(options)
  open.push(node)
  return node
}
afterEach(async () => {
  for (const node of open.splice(0)) await node.stop()
})

const json = { 'content-type': 'application/json' }

describe('bad requests', () => {
  it.each([
    ['malformed JSON', { method: 'POST', url: '/v1/auth/otp', headers: json, payload: '{"email":' }, 400, 'request-invalid'],
    ['no body', { method: 'POST', url: '/v1/auth/otp' }, 400, 'request-invalid'],
    ['a body of another kind', { method: 'POST', url: '/v1/auth/otp', payload: '[]', headers: json }, 400, 'request-invalid'],
    ['an e-mail that is a number', { method: 'POST', url: '/v1/auth/otp', payload: { email: 1 } }, 400, 'email-malformed'],
    ['a form', { method: 'POST', url: '/v1/auth/otp', payload: 'email=a', headers: { 'content-type': 'text/csv' } }, 415, 'request-invalid'],
    ['a huge body', { method: 'POST', url: '/v1/auth/otp', payload: { email: 'a'.repeat(20_000) } }, 413, 'request-invalid'],
    ['prototype poisoning', { method: 'POST', url: '/v1/auth/otp', payload: '{"__proto__":{"email":"a@b.example"}}', headers: json }, 400, 'request-invalid'],
    ['an unknown address', { method: 'GET', url: '/v1/nothing' }, 404, 'not-found'],
    ['an unknown method', { method: 'DELETE', url: '/v1/info' }, 404, 'not-found'],
    ['no passport', { method: 'GET', url: '/v1/devices' }, 401, 'passport-invalid'],
    ['a made-up passport', { method: 'GET', url: '/v1/devices', headers: { authorization: 'DPoP a.b.c' } }, 401, 'passport-invalid']
  ] as const)('%s is answered with a problem', async (_what, request, status, code) => {
    const node = await start()
    const answer = await node.app.inject(request as never)
    expect(answer.statusCode).toBe(status)
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
    expect(problemSchema.parse(answer.json())).toMatchObject({ status, code, type: `urn:parley:error:${code}` })
  })

  it('that break the node itself tell nothing of the inside, and are logged', async () => {
    const node = await start()
    await node.db.schema.dropTable('codes').execute()
    const answer = await node.app.inject({ method: 'POST', url: '/v1/auth/otp', payload: { email: 'alice@example.org' } })
    expect(answer.json()).toEqual({
      type: 'urn:parley:error:node-error', title: 'Something went wrong in the node.', status: 500, code: 'node-error'
    })
    expect(node.logged()).toContain('request failed')
  })
})

describe('limits', () => {
  const tight = { burst: 2, perSecond: 2 / 60 }
  const mail = { environment: { SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'a@b.example' } }

  it('hold per network address, an IPv6 network counting as one', async () => {
    const node = await start({ limits: { 'http-calls': tight }, ...mail })
    const ask = async (remoteAddress: string): Promise<number> => (await node.app.inject({ url: '/v1/info', remoteAddress })).statusCode
    expect([await ask('203.0.113.1'), await ask('203.0.113.1'), await ask('203.0.113.1'), await ask('203.0.113.2')]).toEqual([200, 200, 429, 200])
    expect([await ask('2001:db8::1'), await ask('2001:db8::2'), await ask('2001:db8::3'), await ask('2001:db8:1::1')]).toEqual([200, 200, 429, 200])
  })

  it('believe a forwarded address only from a trusted proxy', async () => {
    const node = await start({ limits: { 'http-calls': tight }, ...mail })
    const ask = async (remoteAddress: string, client: string): Promise<number> =>
      (await node.app.inject({ url: '/v1/info', remoteAddress, headers: { 'x-forwarded-for': client } })).statusCode
    for (let i = 0; i < 4; i++) expect(await ask('127.0.0.1', `203.0.113.${i}`)).toBe(200)
    expect([await ask('198.51.100.1', '203.0.113.10'), await ask('198.51.100.1', '203.0.113.11'), await ask('198.51.100.1', '203.0.113.12')])
      .toEqual([200, 200, 429])
  })

  it('hold per e-mail from anywhere, and say when to come back', async () => {
    const node = await start({ limits: { 'mailbox-mails': { burst: 2, perSecond: 1 / 3600 } } })
    const ask = async (email: string) => {
      const answer = await node.app.inject({ method: 'POST', url: '/v1/auth/otp', payload: { email } })
      node.pass(31_000)
      return { status: answer.statusCode, retryAfter: answer.headers['retry-after'], ...answer.json<{ code?: string, retryInMs?: number }>() }
    }
    expect([(await ask('alice@example.org')).status, (await ask('Alice@example.org')).status]).toEqual([202, 202])
    const refusal = await ask('alice@example.org')
    expect(refusal).toMatchObject({ status: 429, code: 'rate-limited', retryInMs: expect.any(Number) })
    expect(Number(refusal.retryAfter)).toBe(Math.ceil((refusal.retryInMs ?? 0) / 1000))
    expect((await ask('bob@example.org')).status).toBe(202)
  })

  it('hold per device, whatever others do', async () => {
    const node = await start({ limits: { 'device-calls': tight, 'name-changes': { burst: 1, perSecond: 1 / 60 } } })
    const alice = await createPerson(node, 'Alice')
    const bob = await createPerson(node, 'Bob')
    const [hers, his] = [await alice.signIn(), await bob.signIn()]
    await alice.api.ice(hers.passport)
    await alice.api.ice(hers.passport)
    await expect(alice.api.ice(hers.passport)).rejects.toMatchObject({ code: 'rate-limited', details: { retryInMs: expect.any(Number) } })
    await bob.api.chooseName(his.passport, 'Bob')
    await expect(bob.api.chooseName(his.passport, 'Bobby')).rejects.toMatchObject({ code: 'rate-limited' })
  })
})

describe('logs', () => {
  it('hold no personal data, whatever happens', async () => {
    const node = await start({ environment: { SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'a@b.example' } })
    const alice = await createPerson(node, 'Alice')
    await expect(alice.api.requestCode(alice.email)).rejects.toMatchObject({ code: 'mail-failed' })
    // Signed in by hand, since no mail gets out.
    const accountId = await node.services.accounts.findOrCreate('hash', node.services.now())
    const passport = await (async () => {
      const { calculateJwkThumbprint } = await import('jose')
      const id = await calculateJwkThumbprint(await crypto.subtle.exportKey('jwk', alice.deviceKey.publicKey))
      await node.services.devices.register({ id, accountId, label: 'Secret device', now: node.services.now() })
      return (await node.services.passports.issue(accountId, id)).passport
    })()
    await alice.api.chooseName(passport, 'Amber Otter 42')
    await node.app.inject({ url: '/dev/mail?to=alice@example.org', remoteAddress: '203.0.113.77' })
    await node.app.inject({ url: '/v1/info?email=alice@example.org', headers: { authorization: 'DPoP leaked-token' }, remoteAddress: '203.0.113.77' })
    await node.app.inject({ method: 'POST', url: '/v1/auth/verify', payload: { email: alice.email, code: '123456' } })
    node.services.log.info({ email: alice.email, user: { name: 'Amber Otter 42' }, headers: { dpop: 'leaked-token' } }, 'a careless line')
    node.services.log.error({ err: new Error('550 no mailbox alice@example.org') }, 'a careless error')

    const logged = node.logged()
    expect(logged).toContain('"path":"/v1/user/display-name"')
    expect(logged).toContain('a careless line')
    for (const secret of ['alice@example.org', 'Amber Otter', '203.0.113.77', '127.0.0.1:', passport, 'leaked-token', '123456', 'Secret device', 'example.org']) {
      expect(logged.replaceAll(/"msg":"Server listening[^}]*/g, '')).not.toContain(secret)
    }
  })
})

describe('other origins', () => {
  it('may call the interface only if they are the installed app', async () => {
    const node = await start()
    const preflight = (origin: string) => node.app.inject({
      method: 'OPTIONS', url: '/v1/devices', headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization,dpop' }
    })
    const desktop = await preflight('parley-app://app')
    expect(desktop.statusCode).toBe(204)
    expect(desktop.headers['access-control-allow-origin']).toBe('parley-app://app')
    expect(desktop.headers['access-control-allow-headers']).toMatch(/authorization.*dpop/)
    expect((await preflight('https://evil.example')).headers['access-control-allow-origin']).toBeUndefined()
    const refused = await node.app.inject({ url: '/v1/devices', headers: { origin: 'parley-app://app' } })
    expect(refused.headers['access-control-allow-origin']).toBe('parley-app://app')
    expect((await node.app.inject({ url: '/.well-known/jwks.json' })).headers['access-control-allow-origin']).toBe('*')
  })
})

describe('a request that a page of another site can have a browser send', () => {
  const body = JSON.stringify({ email: 'victim@example.org' })
  it.each<[string, Record<string, string>, string]>([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'email=victim%40example.org'],
    ['a form that looks like JSON', { 'content-type': 'text/plain' }, body],
    ['a form with files', { 'content-type': 'multipart/form-data; boundary=x' }, `--x\r\ncontent-disposition: form-data; name="email"\r\n\r\nvictim@example.org\r\n--x--`],
    ['a body without a type', {}, body],
    ['JSON in disguise', { 'content-type': 'text/plain; application/json' }, body]
  ])('as %s changes nothing, whatever cookies come along', async (_what, headers, payload) => {
    const node = await start()
    const alice = await createPerson(node, 'Alice')
    await alice.signIn()
    for (const [method, url] of [['POST', '/v1/auth/otp'], ['POST', '/v1/auth/verify'], ['POST', '/v1/auth/refresh'], ['POST', '/v1/passes']] as const) {
      const answer = await node.app.inject({ method, url, payload, headers: { ...headers, origin: 'https://evil.example', cookie: 'session=1' } })
      expect(answer.statusCode).toBeGreaterThanOrEqual(400)
      expect([answer.headers['set-cookie'], answer.headers['access-control-allow-origin']]).toEqual([undefined, undefined])
    }
    expect(node.services.mailer.inbox?.map(({ to }) => to)).toEqual([alice.email])
    expect(await node.db.selectFrom('codes').selectAll().execute()).toEqual([])
  })
})

it('sets no cookie and takes no call without a proof, so that no other website can act for a visitor', async () => {
  const node = await start()
  const { passport } = await (await createPerson(node, 'Alice')).signIn()
  const { paths } = (await node.app.inject('/openapi.json')).json<{ paths: Record<string, Record<string, { responses: Record<string, unknown> }>> }>()
  const calls = Object.entries(paths).flatMap(([url, methods]) => Object.keys(methods).map((method) => ({ url, method: method.toUpperCase() as 'GET' })))
  expect(calls.length).toBeGreaterThan(10)
  for (const call of [...calls, { url: '/', method: 'GET' as const }]) {
    const answer = await node.app.inject({ ...call, headers: { cookie: `passport=${passport}` } })
    expect(answer.headers['set-cookie'], call.url).toBeUndefined()
  }
  // A stolen passport alone is of no use either.
  const answer = await node.app.inject({ url: '/v1/devices', headers: { authorization: `DPoP ${passport}`, cookie: `passport=${passport}` } })
  expect(answer.json()).toMatchObject({ code: 'proof-invalid' })
})

describe('the web client', () => {
  it('is sent as the build compressed it, to whom reads that, and the interface is never compressed', async () => {
    const webRoot = await makeFolder()
    const files: Record<string, Buffer> = {
      'index.html': Buffer.from('<!doctype html><title>Parley</title>'.padEnd(2000)), 'sw.js': Buffer.from(`// ${'worker '.repeat(300)}`),
      'assets/index-abc123.js': Buffer.from(`export const text = '${'abc'.repeat(1000)}'`), 'assets/tool-abc123.wasm': Buffer.alloc(5000, 7)
    }
    const font = randomBytes(3000)
    await mkdir(join(webRoot, 'assets'))
    for (const [file, bytes] of Object.entries({ ...files, 'assets/letters-abc123.woff2': font })) await writeFile(join(webRoot, file), bytes)
    await compressFolder(webRoot, `${webRoot}-store`)
    const node = await start({ webRoot })
    const get = (path: string, encoding: string): Promise<{ headers: IncomingHttpHeaders, body: Buffer }> => new Promise((resolve, reject) => {
      httpGet(new URL(path, node.origin), { headers: { 'accept': 'text/html,*/*', 'accept-encoding': encoding } }, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }))
      }).on('error', reject)
    })
    for (const [file, bytes] of Object.entries(files)) {
      const tags = new Set<string | undefined>()
      for (const [accepted, encoding, open] of [
        ['gzip, deflate, br, zstd', 'br', brotliDecompressSync], ['gzip', 'gzip', gunzipSync], ['identity', undefined, (same: Buffer) => same]
      ] as const) {
        const { headers, body } = await get(file === 'index.html' ? '/room/abc' : `/${file}`, accepted)
        expect(open(body).equals(bytes)).toBe(true)
        expect([headers['content-encoding'], headers.vary, headers['content-length']]).toEqual([encoding, 'accept-encoding', String(body.length)])
        expect(headers['cache-control']).toBe(file.startsWith('assets') ? 'public, max-age=31536000, immutable' : 'no-cache')
        expect(headers['content-type']).toMatch(/^(?:text\/html|text\/javascript|application\/javascript|application\/wasm)/)
        if (encoding !== undefined) expect(body.length).toBeLessThan(bytes.length / 2)
        tags.add(headers.etag)
      }
      expect(tags.size).toBe(3)
    }
    const sentFont = await get('/assets/letters-abc123.woff2', 'br, gzip')
    expect([sentFont.headers['content-encoding'], sentFont.body.equals(font)]).toEqual([undefined, true])
    for (const path of ['/v1/info', '/openapi.json', '/dev/mail', '/.well-known/jwks.json', '/v1/nothing']) {
      expect((await get(path, 'br, gzip')).headers['content-encoding']).toBeUndefined()
    }
    await rm(`${webRoot}-store`, { recursive: true })
    await rm(webRoot, { recursive: true })
  })

  it('is served with hashed files for good, pages always fresh, and a strict policy', async () => {
    const webRoot = await makeFolder()
    await mkdir(join(webRoot, 'assets'))
    await writeFile(join(webRoot, 'index.html'), '<!doctype html><title>Parley</title>')
    await writeFile(join(webRoot, 'assets', 'index-abc123.js'), 'export {}')
    await writeFile(join(webRoot, 'icon.svg'), '<svg/>')
    const node = await start({ webRoot })
    const get = (url: string, accept = 'text/html,*/*') => node.app.inject({ url, headers: { accept } })
    for (const url of ['/', '/join', '/room/abc']) {
      const page = await get(url)
      expect([page.statusCode, page.headers['cache-control'], page.body]).toEqual([200, 'no-cache', '<!doctype html><title>Parley</title>'])
    }
    const script = await get('/assets/index-abc123.js', '*/*')
    expect([script.statusCode, script.headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable'])
    expect(script.headers['content-type']).toMatch(/javascript/)
    expect((await get('/icon.svg', '*/*')).headers['cache-control']).toBe('no-cache')
    expect((await get('/assets/gone-000.js')).statusCode).toBe(404)
    expect((await get('/v1/gone')).statusCode).toBe(404)
    expect((await get('/..%2f..%2fetc/passwd', '*/*')).statusCode).toBe(404)

    const policy = String((await get('/')).headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';")
    expect(policy).toContain(`connect-src 'self' ws://${new URL(node.origin).host}`)
    expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|\*/)
    await rm(webRoot, { recursive: true })
  })

  it('when it is not built, is replaced by a page that says so', async () => {
    const page = await (await start()).app.inject({ url: '/', headers: { accept: 'text/html' } })
    expect(page.statusCode).toBe(503)
    expect(page.body).toContain('npm run build')
  })
})

it('hands out TURN credentials by the scheme of coturn, and none without TURN', async () => {
  const secret = 's'.repeat(32)
  const node = await start({ environment: { TURN_URLS: 'turn:turn.example:3478', TURN_SECRET: secret } })
  const alice = await createPerson(node, 'Alice')
  const { passport, accountId } = await alice.signIn()
  const { iceServers: [server], expiresAt } = await alice.api.ice(passport)
  expect(server?.urls).toEqual(['turn:turn.example:3478'])
  expect(server?.username).toMatch(new RegExp(`^${Math.floor(expiresAt / 1000)}:[\\w-]{16}$`))
  expect(server?.username).not.toContain(accountId)
  expect(server?.credential).toBe(createHmac('sha1', secret).update(server?.username ?? '').digest('base64'))

  const plain = await start()
  const bob = await createPerson(plain, 'Bob')
  expect((await bob.api.ice((await bob.signIn()).passport)).iceServers).toEqual([])
})

it('describes itself as OpenAPI with every address of the interface and the shapes of the schemas', async () => {
  const node = await start()
  const document = (await node.app.inject('/openapi.json')).json<{ openapi: string, paths: Record<string, Record<string, unknown>> }>()
  expect(document.openapi).toBe('3.1.0')
  expect(Object.keys(document.paths).sort()).toEqual([
    '/.well-known/jwks.json', '/healthz', '/readyz', '/v1/auth/otp', '/v1/auth/refresh', '/v1/auth/verify', '/v1/devices', '/v1/devices/{id}',
    '/v1/ice', '/v1/info', '/v1/mailbox/{roomTag}/erase', '/v1/mailbox/{roomTag}/requests', '/v1/mailbox/{roomTag}/requests/{id}',
    '/v1/mailbox/{roomTag}/requests/{id}/answer', '/v1/mailbox/{roomTag}/welcomes/{inviteId}', '/v1/passes', '/v1/user/backup',
    '/v1/user/display-name'
  ])
  expect(document.paths['/v1/auth/verify']?.['post']).toMatchObject({
    requestBody: { content: { 'application/json': { schema: { required: ['email', 'code'], properties: { code: { pattern: '^\\d{6}$' } } } } } },
    responses: { 200: { content: { 'application/json': { schema: { properties: { passport: { type: 'string' } } } } } } }
  })
})

it('tells the versions of the protocol that it speaks and understands, and whether it has room', async () => {
  const node = await start()
  const info = (await node.app.inject('/v1/info')).json<Record<string, unknown>>()
  expect(info).toMatchObject({ protocol: { version: PROTOCOL.version, minimum: PROTOCOL.minimum }, storage: 'ok', version: VERSION })
})

it('is alive before it is ready, and says why it is not', async () => {
  const node = await start()
  expect((await node.app.inject('/healthz')).json()).toEqual({ status: 'ok' })
  const starting = await node.app.inject('/readyz')
  expect([starting.statusCode, starting.json()]).toEqual([503, { status: 'starting', database: true, relay: false, disk: 'ok', reason: 'the relay has not started' }])
})
