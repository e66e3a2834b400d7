/**
 * The node's HTTP interface as zod schemas: the node validates by them, derives its OpenAPI from them, and the client
 * checks what it was answered with the same ones.
 */
import * as z from 'zod/mini'
import { BACKUP_MAX_BYTES } from '../limits.ts'
import { NAME_FAULTS } from '../names/check-name.ts'

/** Ed25519 public key as JWK (RFC 8037). */
export const publicJwkSchema = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/))
})
export type PublicJwk = z.infer<typeof publicJwkSchema>

export const emailSchema = z.string().check(z.trim(), z.toLowerCase(), z.maxLength(254), z.email())
/** 16 random bytes, base64url. */
const passSchema = z.string().check(z.regex(/^[A-Za-z0-9_-]{22}$/))
/** A code as it is typed. */
export const codeSchema = z.string().check(z.regex(/^\d{6}$/))

/** Judged by `checkName` (shared/names): a refusal says which fault it has. Longer than anything that could become a name is no request. */
export const displayNameSchema = z.string().check(z.maxLength(1000))

/**
 * `POST /v1/auth/otp`: always 202, so that nobody learns which addresses are known. With a DPoP header by the device key the code works
 * with that key only, and nobody else's tries count against it; without one it works with any.
 */
export const otpRequestSchema = z.object({ email: emailSchema })
export const otpResponseSchema = z.object({ expiresInMs: z.number(), retryInMs: z.number() })
export type OtpResponse = z.infer<typeof otpResponseSchema>

/**
 * `POST /v1/auth/verify`: the device proves its key with a DPoP header (RFC 9449) whose `jwk` is the device key; the passport is bound
 * to that key's thumbprint. `deviceLabel` is what the device list shows ("Chromium on Linux").
 */
export const verifyRequestSchema = z.object({
  email: emailSchema,
  code: codeSchema,
  deviceLabel: z.optional(z.string().check(z.maxLength(80))),
  /** From the invite link by which a newcomer came, for nodes where a new account takes an invitation. */
  pass: z.optional(passSchema)
})

/** `POST /v1/passes`: a pass for an invite link. The node gives less than is wished where its limits say so. */
export const passRequestSchema = z.object({ expiresAt: z.int().check(z.nonnegative()), maxUses: z.nullable(z.int().check(z.positive())) })
export const passResponseSchema = z.object({ pass: passSchema, expiresAt: z.number(), maxUses: z.number() })
export type PassResponse = z.infer<typeof passResponseSchema>

/**
 * A passport and what a client needs beside it. `name` is null until a display name was accepted: then the passport carries none and
 * `suggestedName` is free at this moment.
 */
export const passportResponseSchema = z.object({
  passport: z.string(),
  expiresAt: z.number(),
  accountId: z.string(),
  name: z.nullable(z.string()),
  suggestedName: z.optional(z.string())
})
export type PassportResponse = z.infer<typeof passportResponseSchema>

/** `:id` of a device. */
export const deviceIdSchema = z.object({ id: z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/)) })

/** `POST /v1/auth/refresh`: `Authorization: DPoP <passport>` (it may have expired) and a DPoP proof; no body. */

/**
 * `GET /v1/user/display-name[?suggest=1]`; `PUT` reserves the new name, releases the old and answers a `PassportResponse` whose passport
 * carries it.
 */
export const displayNameQuerySchema = z.object({ suggest: z.optional(z.literal('1')) })
export const displayNameResponseSchema = z.object({ name: z.nullable(z.string()), suggestedName: z.optional(z.string()) })
export const displayNameRequestSchema = z.object({ name: displayNameSchema })

/** `GET /v1/devices`, `DELETE /v1/devices/:id`. `id` is the thumbprint of the device key. */
export const deviceSchema = z.object({
  id: z.string(), label: z.string(), createdAt: z.number(), lastSeenAt: z.number(), isThisDevice: z.boolean()
})
export const devicesResponseSchema = z.object({ devices: z.array(deviceSchema) })
export type Device = z.infer<typeof deviceSchema>

/**
 * `GET|PUT|DELETE /v1/user/backup?id=…`: the sealed backup of one person of the account. `id` is derived from their root key. `replaces` is
 * the revision that a change is based on, 0 for the first; another one is answered with `backup-changed`.
 */
export const backupIdSchema = z.object({ id: z.string().check(z.regex(/^[0-9a-f]{32}$/)) })
const sealedSchema = z.string().check(z.regex(/^[A-Za-z0-9_-]+$/), z.maxLength(Math.ceil(BACKUP_MAX_BYTES * 4 / 3)))
export const backupResponseSchema = z.object({ revision: z.int(), sealed: sealedSchema })
export const backupChangeSchema = z.object({ replaces: z.int().check(z.nonnegative()), sealed: sealedSchema })
export const backupRevisionSchema = z.object({ revision: z.int() })
export type BackupResponse = z.infer<typeof backupResponseSchema>

/** Whether the node has room for new entries. `full`: it keeps none, and everything it has can be read. */
export const nodeStorageSchema = z.enum(['ok', 'nearly-full', 'full'])
export type NodeStorage = z.infer<typeof nodeStorageSchema>

/** `GET /v1/info`: what a client must know of a node before it signs in. `relayAddrs` are multiaddrs that end in `/p2p/<peer id>`. */
export const infoResponseSchema = z.object({
  name: z.string(),
  version: z.string(),
  issuer: z.string(),
  relayAddrs: z.array(z.string()),
  peerId: z.string(),
  now: z.number(),
  devMail: z.boolean(),
  /** Who may have a new account; nodes that do not say are open. */
  registration: z._default(z.enum(['open', 'domains', 'invite', 'closed']), 'open'),
  /** Missing from nodes before protocol 2. */
  storage: z.optional(nodeStorageSchema),
  /** The protocol that the node speaks, and the oldest it understands. Missing from nodes before protocol 2. */
  protocol: z.optional(z.object({ version: z.number(), minimum: z.number() }))
})
export type InfoResponse = z.infer<typeof infoResponseSchema>
export type RegistrationKind = InfoResponse['registration']

/** `GET /v1/ice`: ICE servers for RTCPeerConnection; empty until TURN is configured. */
export const iceResponseSchema = z.object({
  iceServers: z.array(z.object({
    urls: z.array(z.string()), username: z.optional(z.string()), credential: z.optional(z.string())
  })),
  expiresAt: z.number()
})
export type IceResponse = z.infer<typeof iceResponseSchema>

/** `GET /.well-known/jwks.json` (RFC 7517). */
export const jwksSchema = z.object({ keys: z.array(z.object({ ...publicJwkSchema.shape, kid: z.string(), alg: z.string(), use: z.string() })) })
export type Jwks = z.infer<typeof jwksSchema>

/** Errors: RFC 9457 problem details with our `code`. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  code: z.string(),
  detail: z.optional(z.string()),
  retryInMs: z.optional(z.number()),
  attemptsLeft: z.optional(z.number()),
  /** With `name-malformed`: what is wrong with the name. */
  fault: z.optional(z.enum(NAME_FAULTS)),
  /** With `clock-off`: Unix ms by the node's clock. */
  now: z.optional(z.number())
})
export type Problem = z.infer<typeof problemSchema>

/** `GET /dev/mail?to=…` */
export const devMailQuerySchema = z.object({ to: z.optional(emailSchema) })
export const devMailSchema = z.array(z.object({ to: z.string(), code: z.string(), sentAt: z.number() }))
