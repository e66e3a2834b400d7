/**
 * The passport: what the node states about a device. A JWT (RFC 7519) signed with EdDSA, bound to the device key by `cnf.jkt`
 * (RFC 7800, RFC 7638). Peers check it offline against the node's JWKS. It never admits anybody to a room.
 */
import { calculateJwkThumbprint, compactVerify, decodeProtectedHeader, type CryptoKey } from 'jose'
import * as z from 'zod/mini'
import { fromHex, type DeviceKey } from '../ids.ts'
import { toBase64Url } from '../invite.ts'
import { CLOCK_AHEAD_MAX_MS } from '../limits.ts'

export const PASSPORT_TYP = 'device+jwt'
export const PASSPORT_ALG = 'EdDSA'
export const PASSPORT_AUDIENCE = 'parley'
/** Ours are below 700 characters; more is not worth a signature check. */
export const PASSPORT_MAX_CHARS = 2048

export const passportClaimsSchema = z.object({
  iss: z.string(),
  aud: z.literal(PASSPORT_AUDIENCE),
  /** Random account id, never the e-mail address. */
  sub: z.string(),
  name: z.optional(z.string()),
  cnf: z.object({ jkt: z.string() }),
  iat: z.number(),
  exp: z.number()
})
export type PassportClaims = z.infer<typeof passportClaimsSchema>

export type PassportCheck =
  | { status: 'valid' | 'expired' | 'premature' | 'other-issuer', claims: PassportClaims }
  | { status: 'invalid' }

export interface PassportCheckOptions {
  /** The node's public key of this id, or null when there is none: then the passport is invalid. */
  findKey: (kid: string) => Promise<CryptoKey | null>
  /** Origin of the node that must have issued it. */
  issuer: string
  /** Unix ms by which the passport must be valid. */
  now: number
}

/**
 * Checks form, signature, issuer and times of a passport. Whose it is (`cnf.jkt`) is for the caller to compare. Never rejects on bad input;
 * rejects only when `findKey` does. `other-issuer` is signed by one of the given keys, but for another address of the node. `premature` is
 * genuine and dated later than now: the clock of the node was wrong then, or is wrong now. It admits to nothing, and can be refreshed.
 */
export async function checkPassport (jwt: string, { findKey, issuer, now }: PassportCheckOptions): Promise<PassportCheck> {
  if (jwt.length > PASSPORT_MAX_CHARS) return { status: 'invalid' }
  const kid = readKid(jwt)
  const key = kid === null ? null : await findKey(kid)
  if (key === null) return { status: 'invalid' }
  const claims = await readClaims(jwt, key)
  if (claims === null) return { status: 'invalid' }
  if (claims.iss !== issuer) return { status: 'other-issuer', claims }
  if (claims.iat * 1000 > now + CLOCK_AHEAD_MAX_MS) return { status: 'premature', claims }
  return { status: claims.exp * 1000 > now ? 'valid' : 'expired', claims }
}

function readKid (jwt: string): string | null {
  try {
    const { typ, alg, kid } = decodeProtectedHeader(jwt)
    return typ === PASSPORT_TYP && alg === PASSPORT_ALG && typeof kid === 'string' ? kid : null
  } catch {
    return null
  }
}

async function readClaims (jwt: string, key: CryptoKey): Promise<PassportClaims | null> {
  try {
    const { payload } = await compactVerify(jwt, key, { algorithms: [PASSPORT_ALG] })
    return passportClaimsSchema.parse(JSON.parse(new TextDecoder().decode(payload)))
  } catch {
    return null
  }
}

/** What `cnf.jkt` says of a device: the RFC 7638 thumbprint of its Ed25519 public key, 43 characters of base64url. */
export function deviceKeyThumbprint (deviceKey: DeviceKey): Promise<string> {
  return calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x: toBase64Url(fromHex(deviceKey)) })
}
