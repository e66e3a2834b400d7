import { afterEach, beforeEach, expect, it } from 'vitest'
import { decodeProtectedHeader } from 'jose'
import { verifyPassport } from '../../apps/client/identity/passport.ts'
import { toHex, type DeviceKey } from '#shared/ids.ts'
import { PASSPORT_TTL_MS } from '#shared/limits.ts'
import { createPerson, startTestNode, type TestNode } from '../testing/node.ts'
import { ROTATE_AFTER_MS } from './signing-keys.ts'

let node: TestNode
beforeEach(async () => { node = await startTestNode() })
afterEach(async () => { await node.stop() })

const kidOf = (passport: string): string => decodeProtectedHeader(passport).kid ?? ''

it('announces the next key before it signs, so that an offline peer with an old copy of the keys can check it', async () => {
  const alice = await createPerson(node, 'Alice')
  const bobsCopy = await alice.api.jwks()
  expect(bobsCopy.keys).toHaveLength(2)
  const { passport: former } = await alice.signIn()

  await node.services.keyRing.rotate()
  const { passport } = await alice.api.refresh(former)
  expect(kidOf(passport)).not.toBe(kidOf(former))
  const deviceKey = toHex(new Uint8Array(await crypto.subtle.exportKey('raw', alice.deviceKey.publicKey))) as DeviceKey
  const check = (jwt: string): Promise<unknown> =>
    verifyPassport(jwt, { jwks: bobsCopy, issuer: node.origin, deviceKey, now: node.services.now() })
  expect(await check(passport)).toMatchObject({ cnf: { jkt: expect.any(String) } })
  expect(await check(former)).toMatchObject({ cnf: { jkt: expect.any(String) } })
})

it('publishes a retired key until the last passport it signed has expired, and takes that passport for refreshing after that', async () => {
  const alice = await createPerson(node, 'Alice')
  const { passport } = await alice.signIn()
  await node.services.keyRing.rotate()
  const published = async (): Promise<string[]> => (await alice.api.jwks()).keys.map(({ kid }) => kid)
  expect(await published()).toContain(kidOf(passport))
  await expect(alice.api.devices(passport)).resolves.toHaveLength(1)

  node.pass(PASSPORT_TTL_MS + 1000)
  expect(await published()).not.toContain(kidOf(passport))
  expect(await published()).toHaveLength(2)
  await expect(alice.api.refresh(passport)).resolves.toMatchObject({ name: null })
})

it('rotates by itself after a month, and keeps no private half of a retired key', async () => {
  const kid = (await node.services.keyRing.signer()).kid
  await node.services.maintain()
  expect((await node.services.keyRing.signer()).kid).toBe(kid)
  node.pass(ROTATE_AFTER_MS + 1000)
  await node.services.maintain()
  expect((await node.services.keyRing.signer()).kid).not.toBe(kid)
  const rows = await node.db.selectFrom('signing_keys').selectAll().execute()
  expect(rows.find((row) => row.kid === kid)?.sealed_private).toBeNull()
  // What is kept is sealed: no private JWK can be read from the file.
  expect(rows.every((row) => row.sealed_private?.includes('"d"') !== true)).toBe(true)
})
