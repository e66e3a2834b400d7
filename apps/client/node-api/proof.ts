/** Makes DPoP proofs (RFC 9449 section 4.2) with the device key. */
import { SignJWT } from 'jose'
import { DPOP_ALG, DPOP_TYP } from '#shared/http/dpop.ts'
import { publicJwkSchema, type PublicJwk } from '#shared/http/index.ts'
import { toBase64Url } from '#shared/invite.ts'

export interface ProofOf {
  method: string
  /** Without query and fragment. */
  url: string
  /** The passport sent beside the proof. */
  passport: string | undefined
  /** Unix ms by the node's clock as far as known. */
  at: number
  /** What the node sent last in `DPoP-Nonce`; null before its first answer. */
  nonce: string | null
}

export function createProver (deviceKey: CryptoKeyPair): (request: ProofOf) => Promise<string> {
  let publicJwk: Promise<PublicJwk> | null = null
  return async ({ method, url, passport, at, nonce }) => {
    publicJwk ??= crypto.subtle.exportKey('jwk', deviceKey.publicKey).then((jwk) => publicJwkSchema.parse(jwk))
    const claims = {
      jti: toBase64Url(crypto.getRandomValues(new Uint8Array(16))),
      htm: method,
      htu: url,
      iat: Math.floor(at / 1000),
      ...(passport === undefined ? {} : { ath: await hashToken(passport) }),
      ...(nonce === null ? {} : { nonce })
    }
    return new SignJWT(claims).setProtectedHeader({ alg: DPOP_ALG, typ: DPOP_TYP, jwk: await publicJwk }).sign(deviceKey.privateKey)
  }
}

async function hashToken (token: string): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))))
}
