import { afterEach, beforeEach, expect, it } from 'vitest'
import { createHash, randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { SignJWT } from 'jose'
import { createNodeApi } from '../../apps/client/node-api/index.ts'
import { createDeviceKey, createPerson, startTestNode, type Person, type TestNode } from '../testing/node.ts'
import { DPOP_WINDOW_MS } from '#shared/limits.ts'

let node: TestNode
let alice: Person
let passport: string
beforeEach(async () => {
  node = await startTestNode()
  alice = await createPerson(node, 'Alice')
  passport = (await alice.signIn()).passport
})
afterEach(async () => { await node.stop() })

async function makeProof (changes: Record<string, unknown> = {}, header: object = {}, key = alice.deviceKey): Promise<string> {
  const claims = {
    jti: randomUUID(), htm: 'GET', htu: `${node.origin}/v1/devices`, iat: Math.floor(node.services.now() / 1000),
    nonce: node.services.proofs.nonce(), ath: createHash('sha256').update(passport).digest('base64url'), ...changes
  }
  const { kty, crv, x } = await crypto.subtle.exportKey('jwk', key.publicKey)
  return new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', typ: 'dpop+jwt', jwk: { kty, crv, x }, ...header } as never).sign(key.privateKey)
}

const call = async (proof: string | null): Promise<{ status: number, code?: string, now?: number }> => {
  const headers = { authorization: `DPoP ${passport}`, ...(proof === null ? {} : { dpop: proof }) }
  const answer = await node.app.inject({ url: '/v1/devices', headers })
  return { status: answer.statusCode, ...answer.json<{ code?: string, now?: number }>() }
}

it('takes a proof that is right, once', async () => {
  const proof = await makeProof()
  expect((await call(proof)).status).toBe(200)
  expect(await call(proof)).toMatchObject({ status: 401, code: 'proof-invalid' })
})

it('remembers used proofs across maintenance until they are too old to be taken', async () => {
  const proof = await makeProof()
  await call(proof)
  await node.services.maintain()
  expect(await call(proof)).toMatchObject({ code: 'proof-invalid' })
  node.pass(DPOP_WINDOW_MS + 2000)
  await node.services.maintain()
  expect(await call(proof)).toMatchObject({ code: 'clock-off' })
})

it.each([
  ['for another method', { htm: 'DELETE' }],
  ['for another path', { htu: '/v1/ice' }],
  ['for another node', { htu: 'https://evil.example/v1/devices' }],
  ['for no address', { htu: 'nonsense' }],
  ['for another passport', { ath: 'A'.repeat(43) }],
  ['for no passport', { ath: undefined }],
  ['without an id', { jti: undefined }],
  ['with no nonce', { nonce: undefined }],
  ['with a nonce of another node', { nonce: 'A'.repeat(22) }],
  ['with an endless id', { jti: 'x'.repeat(500) }]
])('refuses a proof %s', async (_what, changes) => {
  const htu = 'htu' in changes && changes.htu.startsWith('/') ? { htu: node.origin + changes.htu } : {}
  expect(await call(await makeProof({ ...changes, ...htu }))).toMatchObject({ status: 401, code: 'proof-invalid' })
})

it('refuses proofs of another type, by another key, forged, missing and oversized', async () => {
  const mallory = await createDeviceKey()
  const aliceJwk = await crypto.subtle.exportKey('jwk', alice.deviceKey.publicKey)
  const proofs = [
    await makeProof({}, { typ: 'jwt' }),
    await makeProof({}, {}, mallory),
    // Signed by Mallory, but naming Alice's key.
    await makeProof({}, { jwk: { kty: aliceJwk.kty, crv: aliceJwk.crv, x: aliceJwk.x } }, mallory),
    'a.b.c', `${'a'.repeat(3000)}.b.c`, null
  ]
  for (const proof of proofs) expect(await call(proof)).toMatchObject({ status: 401, code: 'proof-invalid' })
})

it('tells a device whose clock is off the time, on either side of the window', async () => {
  for (const skewMs of [-DPOP_WINDOW_MS - 2000, DPOP_WINDOW_MS + 2000]) {
    const answer = await call(await makeProof({ iat: Math.floor((node.services.now() + skewMs) / 1000) }))
    expect(answer).toMatchObject({ status: 401, code: 'clock-off' })
    expect(Math.abs((answer.now ?? 0) - node.services.now())).toBeLessThan(5_000)
  }
  expect((await call(await makeProof({ iat: Math.floor((node.services.now() - DPOP_WINDOW_MS + 5000) / 1000) }))).status).toBe(200)
})

it('of fifty replays of one proof at the same moment exactly one is accepted', async () => {
  const proof = await makeProof()
  const statuses = await Promise.all(Array.from({ length: 50 }, async () => (await call(proof)).status))
  expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  expect(statuses.filter((status) => status === 401)).toHaveLength(49)
})

it.each([
  ['made just now', 0],
  ['by a clock that is four minutes ahead', 4 * 60_000],
  ['by a clock that is four minutes behind', -4 * 60_000]
])('a used proof %s is refused after a restart, and the client of its device is served at once', async (_what, skewMs) => {
  const proof = await makeProof({ iat: Math.floor((node.services.now() + skewMs) / 1000) })
  expect((await call(proof)).status).toBe(200)
  await alice.api.devices(passport)
  const environment = { PUBLIC_URL: node.origin }
  const { dataDir } = node
  await node.app.close()
  await node.services.stop()
  const restarted = await startTestNode({ dataDir, environment })
  try {
    node = { ...restarted, origin: environment.PUBLIC_URL }
    const refused = await restarted.app.inject({ url: '/v1/devices', headers: { authorization: `DPoP ${passport}`, dpop: proof } })
    expect([refused.statusCode, refused.json<{ code: string }>().code]).toEqual([401, 'proof-invalid'])
    expect(refused.headers['www-authenticate']).toContain('use_dpop_nonce')
    expect(refused.headers['dpop-nonce']).toBe(restarted.services.proofs.nonce())
    // A client that has the nonce of before: it is told the new one, and repeats its call.
    const toRestarted: typeof fetch = async (url, init) => await fetch(new URL(new URL(url as URL).pathname, restarted.origin), init)
    const api = createNodeApi({ origin: environment.PUBLIC_URL, deviceKey: alice.deviceKey, fetch: toRestarted })
    await expect(api.devices(passport)).resolves.toHaveLength(1)
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
})

it('a proof that a limit refuses is not used up', async () => {
  await node.stop()
  node = await startTestNode({ limits: { 'device-calls': { burst: 1, perSecond: 1 / 60 } } })
  alice = await createPerson(node, 'Alice')
  passport = (await alice.signIn()).passport
  const first = await makeProof(), second = await makeProof()
  expect([(await call(first)).status, (await call(second)).status]).toEqual([200, 429])
  expect(await call(second)).toMatchObject({ status: 429 })
})

it('a device that has used its places for proofs is refused, and another device is served', async () => {
  await node.stop()
  node = await startTestNode({ limits: { 'proofs-of-device': { max: 4 } } })
  const [mallory, bob] = [await createPerson(node, 'Mallory'), await createPerson(node, 'Bob')]
  const hers = (await mallory.signIn()).passport, his = (await bob.signIn()).passport
  // Two proofs went into signing in.
  for (let nth = 0; nth < 2; nth++) await mallory.api.devices(hers)
  await expect(mallory.api.devices(hers)).rejects.toMatchObject({ code: 'rate-limited' })
  expect(node.services.limiter.refusals.get('proofs-of-device')).toBe(1)
  await expect(bob.api.devices(his)).resolves.toHaveLength(1)
})

it('answers to every loopback name, with its own port only', async () => {
  const { port } = new URL(node.origin)
  expect((await call(await makeProof({ htu: `http://localhost:${port}/v1/devices` }))).status).toBe(200)
  expect((await call(await makeProof({ htu: `http://[::1]:${port}/v1/devices` }))).status).toBe(200)
  expect((await call(await makeProof({ htu: 'http://localhost:1/v1/devices' }))).status).toBe(401)
})
