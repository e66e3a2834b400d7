import { beforeAll, expect, it } from 'vitest'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { Jwks } from '#shared/http/index.ts'
import { deviceKeyThumbprint, PASSPORT_MAX_CHARS } from '#shared/http/passport.ts'
import type { DeviceKey } from '#shared/ids.ts'
import { verifyPassport } from './passport.ts'

const issuer = 'https://parley.example'
const now = 1_800_000_000_000
const alice = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a' as DeviceKey
const mallory = '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c' as DeviceKey
let nodeKey: CryptoKey
let jwks: Jwks
beforeAll(async () => {
  const pair = await generateKeyPair('EdDSA', { extractable: true })
  nodeKey = pair.privateKey
  const { x = '' } = await exportJWK(pair.publicKey)
  jwks = { keys: [{ kty: 'OKP', crv: 'Ed25519', x, kid: 'k1', alg: 'EdDSA', use: 'sig' }] }
})

async function issue (changes: Record<string, unknown> = {}, header: object = {}, key = nodeKey): Promise<string> {
  const claims = {
    iss: issuer, aud: 'parley', sub: 'account', name: 'Amber Otter 42', cnf: { jkt: await deviceKeyThumbprint(alice) },
    iat: now / 1000 - 60, exp: now / 1000 + 60, ...changes
  }
  return new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', typ: 'device+jwt', kid: 'k1', ...header }).sign(key)
}

const verify = (jwt: string, deviceKey = alice): ReturnType<typeof verifyPassport> => verifyPassport(jwt, { jwks, issuer, deviceKey, now })

it('knows the thumbprint that RFC 8037 prints for its key', async () => {
  expect(await deviceKeyThumbprint(alice)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
})

it('answers the claims of Alice\'s passport, and says when it has expired', async () => {
  expect(await verify(await issue())).toMatchObject({ sub: 'account', name: 'Amber Otter 42' })
  expect(await verify(await issue({ exp: now / 1000 - 1 }))).toMatchObject({ expired: { sub: 'account' } })
})

it('is not taken from somebody else, expired or not', async () => {
  expect(await verify(await issue(), mallory)).toBeNull()
  expect(await verify(await issue({ exp: 1 }), mallory)).toBeNull()
})

it('refuses another issuer, audience, type, key, shape and time, and what is no passport at all', async () => {
  const { privateKey: otherKey } = await generateKeyPair('EdDSA')
  const forged = await issue()
  const jwts = [
    await issue({ iss: 'https://evil.example' }), await issue({ aud: 'other' }), await issue({ sub: undefined }),
    await issue({ cnf: undefined }), await issue({ exp: undefined }), await issue({ iat: now / 1000 + 3600 }),
    await issue({}, { typ: 'JWT' }), await issue({}, { kid: 'k2' }), await issue({}, { kid: undefined }), await issue({}, {}, otherKey),
    `${forged.slice(0, -8)}AAAAAAAA`, '', 'a.b.c', '\u0000', 'x'.repeat(PASSPORT_MAX_CHARS + 1),
    // alg none
    `${btoa('{"alg":"none","typ":"device+jwt","kid":"k1"}').replaceAll('=', '')}.${forged.split('.')[1] ?? ''}.`
  ]
  for (const jwt of jwts) expect(await verify(jwt), jwt).toBeNull()
})
