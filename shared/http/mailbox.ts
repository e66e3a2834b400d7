/**
 * What the mailbox does by HTTP: its shelf for invitations (welcomes that are left for joiners while nobody is there, and requests that
 * joiners leave for members), and the erasing of bodies. Everything is sealed; the node sees tags, sizes and times. Beside passport and DPoP each call carries a proof by a key of the
 * room: the access key that the room is registered under, or the invitation's key, whose id is the hash of its public half.
 *
 *     MAILBOX-PROOF: <public key>.<signature>, both base64url
 *     signature = Ed25519(key, 'parley/mailbox-proof/1' ‖ SHA-256(the request's DPoP header))
 *
 * The DPoP proof names method and address and is good once, so is what is signed over it.
 */
import * as z from 'zod/mini'
import { importDeviceKey, concat, sha256 } from '../wire/envelope.ts'
import { toHex, type DeviceKey } from '../ids.ts'
import { fromBase64Url, toBase64Url } from '../invite.ts'
import { REQUEST_MAX_BYTES, WELCOME_MAX_BYTES } from '../limits.ts'

export const MAILBOX_PROOF_HEADER = 'mailbox-proof'
/** Entries per call of `erase`: their numbers stay below the 16 kB that a request may have. */
export const ERASED_PER_CALL = 800
const CONTEXT = new TextEncoder().encode('parley/mailbox-proof/1')
const PROOF_PATTERN = /^([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{86})$/

const hex16 = z.string().check(z.regex(/^[0-9a-f]{32}$/))
/** Base64url of at most `maxBytes`. */
const sealed = (maxBytes: number) => z.string().check(z.regex(/^[A-Za-z0-9_-]*$/), z.maxLength(Math.ceil(maxBytes * 4 / 3)))

export const roomParamsSchema = z.object({ roomTag: hex16 })
export const welcomeParamsSchema = z.object({ roomTag: hex16, inviteId: hex16 })
export const requestParamsSchema = z.object({ roomTag: hex16, id: hex16 })

/** `PUT …/welcomes/{inviteId}`: by the access key. Kept until `expiresAt` (Unix ms), 30 days at most. */
export const welcomeRequestSchema = z.object({ sealed: sealed(WELCOME_MAX_BYTES), expiresAt: z.number().check(z.int(), z.nonnegative()) })
/** `GET …/welcomes/{inviteId}`: by the invitation's key. */
export const welcomeResponseSchema = z.object({ sealed: z.string() })

/** `POST …/requests`: by the invitation's key, while its welcome is there. Another one of the same device replaces it. */
export const joinRequestSchema = z.object({ inviteId: hex16, sealed: sealed(REQUEST_MAX_BYTES) })
export const joinRequestResponseSchema = z.object({ id: z.string() })
/** `GET …/requests`: by the access key; those that have no answer yet, oldest first. */
export const joinRequestsResponseSchema = z.object({
  requests: z.array(z.object({ id: z.string(), inviteId: z.string(), sealed: z.string(), createdAt: z.number() }))
})
export type LeftRequest = z.infer<typeof joinRequestsResponseSchema>['requests'][number]
/** `PUT …/requests/{id}/answer`: by the access key. */
export const requestAnswerSchema = z.object({ sealed: sealed(WELCOME_MAX_BYTES) })
/** `GET …/requests/{id}`: by the invitation's key on the device that left it; null while nobody has answered. */
export const requestStateSchema = z.object({ answer: z.nullable(z.string()) })

/** `POST …/erase`: by the access key. Lets go of the bodies of these entries of one log; the entries stay. */
export const eraseRequestSchema = z.object({
  devTag: hex16, seqs: z.array(z.number().check(z.int(), z.positive())).check(z.minLength(1), z.maxLength(ERASED_PER_CALL))
})
/** How many bodies went. */
export const eraseResponseSchema = z.object({ erased: z.number() })

const statementOf = async (dpop: string): Promise<Uint8Array<ArrayBuffer>> => concat(CONTEXT, await sha256(new TextEncoder().encode(dpop)))

/** The header's value for a request with this DPoP header. @param publicKey raw, 32 bytes */
export async function proveToMailbox (dpop: string, keys: { privateKey: CryptoKey, publicKey: Uint8Array }): Promise<string> {
  const signature = await crypto.subtle.sign('Ed25519', keys.privateKey, await statementOf(dpop))
  return `${toBase64Url(keys.publicKey)}.${toBase64Url(new Uint8Array(signature))}`
}

/** The raw public key that has signed the request, or null. */
export async function checkMailboxProof (dpop: string, header: unknown): Promise<Uint8Array<ArrayBuffer> | null> {
  const parts = typeof header === 'string' ? PROOF_PATTERN.exec(header) : null
  if (parts?.[1] === undefined || parts[2] === undefined) return null
  try {
    const publicKey = fromBase64Url(parts[1])
    const key = await importDeviceKey(toHex(publicKey) as DeviceKey)
    return await crypto.subtle.verify('Ed25519', key, fromBase64Url(parts[2]), await statementOf(dpop)) ? publicKey : null
  } catch {
    // No point of the curve, or bits that base64url does not have.
    return null
  }
}
