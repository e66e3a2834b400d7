/**
 * DPoP proofs (RFC 9449): a short JWT, signed by the device key for one request, that makes a stolen passport useless. Sent in the `DPoP`
 * header of each authenticated call and of sign-in.
 */
import * as z from 'zod/mini'

export const DPOP_TYP = 'dpop+jwt'
export const DPOP_ALG = 'EdDSA'
/** In each response of the interface: what the next proof has to repeat. */
export const DPOP_NONCE_HEADER = 'dpop-nonce'
/** Ours are about 450 characters. */
export const DPOP_MAX_CHARS = 2048

export const dpopClaimsSchema = z.object({
  /** Random, used once. */
  jti: z.string().check(z.regex(/^[A-Za-z0-9_-]{16,64}$/)),
  htm: z.string(),
  /** The request's URL without query and fragment. */
  htu: z.string(),
  /** Unix seconds. */
  iat: z.number(),
  /** base64url SHA-256 of the passport; only where one is presented. */
  ath: z.optional(z.string()),
  /** What the node sent last in the `DPoP-Nonce` header (section 8): a proof from before a restart of the node is worth nothing after it. */
  nonce: z.optional(z.string().check(z.maxLength(64)))
})
export type DpopClaims = z.infer<typeof dpopClaimsSchema>
