/** The keys behind the passports: made, sealed at rest, rotated, published as JWKS (RFC 7517). */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose'
import { publicJwkSchema, type Jwks } from '#shared/http/index.ts'
import { PASSPORT_ALG } from '#shared/http/passport.ts'
import { PASSPORT_TTL_MS } from '#shared/limits.ts'
import type { Clock } from '../clock.ts'
import type { ServerSecret } from '../secret.ts'
import type { SigningKeyRow, SigningKeys } from '../store/signing-keys.ts'

/** Often enough that a stolen key is soon worthless, seldom enough that caches of it are warm. */
export const ROTATE_AFTER_MS = 30 * 24 * 3_600_000

export interface KeyRing {
  /** The private key that signs now. */
  signer(): Promise<{ kid: string, key: CryptoKey }>
  /** Public key of any age; null when this node never had it. */
  find(kid: string): Promise<CryptoKey | null>
  /** What peers may trust now: the active key, the announced next one, and retired ones whose passports may still be valid. */
  jwks(): Promise<Jwks>
  /** Makes the announced key the active one at once. Passports of the former key stay valid until they expire. */
  rotate(): Promise<void>
  /** Makes the first keys, or rotates when the active one is old. Called at boot and from time to time. */
  maintain(): Promise<void>
}

export function createKeyRing (keys: SigningKeys, secret: ServerSecret, { now, mayErase }: Pick<Clock, 'now' | 'mayErase'>): KeyRing {
  const sealKey = secret.key('signing-keys')
  const publicKeys = new Map<string, CryptoKey>()
  let signing: { kid: string, key: CryptoKey } | null = null

  const rotate = async (): Promise<void> => {
    await keys.advance(await makeKey(sealKey), now())
    signing = null
  }

  return {
    rotate,
    async signer () {
      const row = await keys.active()
      if (row?.sealedPrivate == null) throw new Error('no signing key is active: maintain() has not run')
      if (signing?.kid !== row.kid) signing = { kid: row.kid, key: await importKey(unseal(row.sealedPrivate, sealKey)) }
      return signing
    },
    async find (kid) {
      const known = publicKeys.get(kid)
      if (known !== undefined) return known
      const row = await keys.find(kid)
      if (row === null) return null
      const key = await importKey(row.publicJwk)
      publicKeys.set(kid, key)
      return key
    },
    async jwks () {
      const rows = await keys.published(now() - PASSPORT_TTL_MS)
      return { keys: rows.map(toPublished) }
    },
    async maintain () {
      // Twice at the first boot: the first key is announced, then active, and the second one is announced.
      if (await keys.active() === null) await rotate()
      const active = await keys.active()
      // Retiring a key erases its private half: not by a clock that may be wrong.
      if (active === null || (now() - (active.activatedAt ?? 0) > ROTATE_AFTER_MS && mayErase())) await rotate()
    }
  }
}

function toPublished (row: SigningKeyRow): Jwks['keys'][number] {
  return { ...publicJwkSchema.parse(JSON.parse(row.publicJwk)), kid: row.kid, alg: PASSPORT_ALG, use: 'sig' }
}

async function makeKey (sealKey: Buffer): Promise<{ kid: string, publicJwk: string, sealedPrivate: string }> {
  const { publicKey, privateKey } = await generateKeyPair(PASSPORT_ALG, { extractable: true })
  const publicJwk = await exportJWK(publicKey)
  return {
    kid: await calculateJwkThumbprint(publicJwk),
    publicJwk: JSON.stringify(publicJwk),
    sealedPrivate: seal(JSON.stringify(await exportJWK(privateKey)), sealKey)
  }
}

async function importKey (jwk: string): Promise<CryptoKey> {
  const key = await importJWK(JSON.parse(jwk) as JWK, PASSPORT_ALG)
  if (key instanceof Uint8Array) throw new Error('a signing key is not an asymmetric key')
  return key
}

/* AES-256-GCM: nonce (12 bytes), tag (16), ciphertext, as base64url. */

function seal (text: string, key: Buffer): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
}

function unseal (text: string, key: Buffer): string {
  const bytes = Buffer.from(text, 'base64url')
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12)).setAuthTag(bytes.subarray(12, 28))
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
}
