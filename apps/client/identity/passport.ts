/** Checks the passport another device shows, offline, against the node's cached keys. */
import { importJWK, type CryptoKey } from 'jose'
import type { Jwks } from '#shared/http/index.ts'
import { checkPassport, deviceKeyThumbprint, PASSPORT_ALG, type PassportClaims } from '#shared/http/passport.ts'
import type { DeviceKey } from '#shared/ids.ts'

export interface VerifyPassportOptions {
  /** The node's keys. A passport signed by a newer key is null: fetch the keys again and ask once more. */
  jwks: Jwks
  /** `issuer` of the node's `/v1/info`. */
  issuer: string
  /** The key the other device proved in the handshake. */
  deviceKey: DeviceKey
  /** Unix ms. */
  now: number
}

/**
 * The claims of a passport that is genuine and belongs to `deviceKey`; `expired` when it once did; else null. Never rejects on bad input.
 * An expired passport never expels a member: it only says that the node has not confirmed the device lately.
 */
export async function verifyPassport (
  jwt: string, { jwks, issuer, deviceKey, now }: VerifyPassportOptions
): Promise<PassportClaims | { expired: PassportClaims } | null> {
  const check = await checkPassport(jwt, { issuer, now, findKey: (kid) => findKey(jwks, kid) })
  if (check.status !== 'valid' && check.status !== 'expired') return null
  if (check.claims.cnf.jkt !== await deviceKeyThumbprint(deviceKey)) return null
  return check.status === 'valid' ? check.claims : { expired: check.claims }
}

async function findKey (jwks: Jwks, kid: string): Promise<CryptoKey | null> {
  const jwk = jwks.keys.find((candidate) => candidate.kid === kid)
  if (jwk === undefined) return null
  const key = await importJWK(jwk, PASSPORT_ALG)
  return key instanceof Uint8Array ? null : key
}
