/** Checks DPoP proofs (RFC 9449 section 4.3). The order matters: cheap checks first, and a proof counts as used only when all else is right. */
import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose'
import { ParleyError } from '#shared/errors.ts'
import { DPOP_ALG, DPOP_MAX_CHARS, DPOP_TYP, dpopClaimsSchema, type DpopClaims } from '#shared/http/dpop.ts'
import { publicJwkSchema } from '#shared/http/index.ts'
import { DPOP_WINDOW_MS } from '#shared/limits.ts'
import type { Proofs } from './proofs.ts'

export interface ProofRequest {
  /** The `DPoP` header. */
  proof: string | string[] | undefined
  method: string
  /** Path without query. */
  path: string
  /** The passport presented beside the proof; null at sign-in. */
  passport: string | null
  /** Who answers for the place that the proof takes: an account, or an address before there is one. */
  party: string
  /** Runs before the proof counts as used, with the thumbprint of its key; a rejection leaves it unused. */
  judge?: (thumbprint: string) => Promise<void>
}

export interface ProofChecker {
  /**
   * Answers the thumbprint of the key that made the proof.
   * @throws {ParleyError} `proof-invalid`, with `isStale` when all is right but the nonce; `clock-off` with `now` when all is right but the
   * time; `rate-limited` when no more can be remembered (rejects)
   */
  check(request: ProofRequest): Promise<string>
  /** What the next proof has to repeat as `nonce`. */
  nonce(): string
}

/** `isOurs` says whether an origin is this node. */
export function createProofChecker (proofs: Proofs, isOurs: (origin: string) => boolean, now: () => number): ProofChecker {
  return {
    nonce: () => proofs.nonce(),
    async check ({ proof, method, path, passport, party, judge }) {
      if (typeof proof !== 'string' || proof.length > DPOP_MAX_CHARS) throw new ParleyError('proof-invalid')
      const { claims, thumbprint } = await readProof(proof)
      const url = URL.parse(claims.htu)
      if (claims.htm !== method || url === null || !isOurs(url.origin) || url.pathname !== path) throw new ParleyError('proof-invalid')
      if (claims.ath !== (passport === null ? undefined : hashToken(passport))) throw new ParleyError('proof-invalid')
      if (Math.abs(claims.iat * 1000 - now()) > DPOP_WINDOW_MS) throw new ParleyError('clock-off', { details: { now: now() } })
      if (claims.nonce !== proofs.nonce()) throw new ParleyError('proof-invalid', { details: { isStale: true } })
      await judge?.(thumbprint)
      // A proof from the far end of the window stays acceptable until its own time plus the window.
      const use = await proofs.use({ device: thumbprint, jti: claims.jti, party, expiresAt: claims.iat * 1000 + DPOP_WINDOW_MS + 1000 })
      if (use === 'full') throw new ParleyError('rate-limited', { details: { retryInMs: DPOP_WINDOW_MS } })
      if (use === 'used') throw new ParleyError('proof-invalid')
      return thumbprint
    }
  }
}

async function readProof (proof: string): Promise<{ claims: DpopClaims, thumbprint: string }> {
  try {
    // No clock here: jose would judge `iat`-less times; ours are judged by the caller.
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { typ: DPOP_TYP, algorithms: [DPOP_ALG] })
    const jwk = publicJwkSchema.parse(protectedHeader.jwk)
    return { claims: dpopClaimsSchema.parse(payload), thumbprint: await calculateJwkThumbprint(jwk) }
  } catch (cause) {
    throw new ParleyError('proof-invalid', { cause })
  }
}

function hashToken (token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
