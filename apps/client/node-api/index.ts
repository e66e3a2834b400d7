/**
 * The client's side of the node's HTTP interface. Each call proves the device key (DPoP, RFC 9449), has a time limit, checks what it is
 * answered with the schemas the node answers by, and rejects with a `ParleyError` only. It keeps no passport: who calls has it.
 *
 * A call whose proof is refused because this device's clock is off, or because the node was started since, is made once more: by the node's
 * time, or with its new nonce. From then on all proofs are.
 *
 * @example
 * const api = createNodeApi({ origin: 'https://parley.example', deviceKey })
 * await api.requestCode('alice@example.org')
 * const { passport } = await api.verifyCode({ email: 'alice@example.org', code: '123456', deviceLabel: 'Chromium on Linux' })
 * await api.chooseName(passport, 'Amber Otter 42')
 */
import * as z from 'zod/mini'
import { ParleyError } from '#shared/errors.ts'
import { DPOP_NONCE_HEADER } from '#shared/http/dpop.ts'
import {
  backupResponseSchema, backupRevisionSchema, devicesResponseSchema, displayNameResponseSchema, iceResponseSchema, infoResponseSchema, jwksSchema, otpResponseSchema,
  passResponseSchema, passportResponseSchema, type BackupResponse, type Device, type IceResponse, type InfoResponse, type Jwks, type OtpResponse, type PassportResponse,
  type PassResponse
} from '#shared/http/index.ts'
import {
  ERASED_PER_CALL, eraseResponseSchema, joinRequestResponseSchema, joinRequestsResponseSchema, MAILBOX_PROOF_HEADER, proveToMailbox, requestStateSchema, welcomeResponseSchema,
  type LeftRequest
} from '#shared/http/mailbox.ts'
import type { DevTag, InviteId, RoomTag } from '#shared/ids.ts'
import { fromBase64Url, toBase64Url } from '#shared/invite.ts'
import { toParleyError } from './errors.ts'
import { createProver } from './proof.ts'

export interface NodeApiOptions {
  /** Origin of the node, e.g. `https://parley.example`. */
  origin: string
  /** Ed25519; the private half need not be extractable. */
  deviceKey: CryptoKeyPair
  /** Unix ms; default `Date.now`. */
  now?: () => number
  fetch?: typeof fetch
  /** Time limit of a call, in ms, retry included. Default 10,000. */
  timeoutMs?: number
}

export interface CallOptions { signal?: AbortSignal }

/** A key pair of a room: its access key, or an invitation's key. `publicKey` is raw, 32 bytes. */
export interface MailboxKeys { privateKey: CryptoKey, publicKey: Uint8Array }

/** The mailbox's shelf for invitations, as somebody with a passport and one of the room's keys. Rejects as `NodeApi` does. */
export interface InvitationsApi {
  /** With the access key; `not-found` until the room was synced with the node once, `mailbox-full`. */
  putWelcome(inviteId: InviteId, welcome: { sealed: Uint8Array, expiresAt: number }, options?: CallOptions): Promise<void>
  /** With the invitation's key; `not-found` when none is there. */
  welcome(inviteId: InviteId, options?: CallOptions): Promise<Uint8Array<ArrayBuffer>>
  /** With the access key; `not-found` when none is there. */
  removeWelcome(inviteId: InviteId, options?: CallOptions): Promise<void>
  /** With the invitation's key; answers the request's id. `not-found` when the invitation has no welcome there, `mailbox-full`. */
  leaveRequest(request: { inviteId: InviteId, sealed: Uint8Array }, options?: CallOptions): Promise<string>
  /** With the access key: those without an answer, oldest first. */
  requests(options?: CallOptions): Promise<LeftRequest[]>
  /** With the invitation's key; null while there is none. */
  answer(id: string, options?: CallOptions): Promise<Uint8Array<ArrayBuffer> | null>
  /** With the access key. */
  putAnswer(id: string, sealed: Uint8Array, options?: CallOptions): Promise<void>
  removeRequest(id: string, options?: CallOptions): Promise<void>
  /** With the access key: the mailbox lets go of the bodies of these entries of one log. `not-found` until the room was synced with the node once. */
  eraseBodies(devTag: DevTag, seqs: readonly number[], options?: CallOptions): Promise<void>
}

/**
 * Every method rejects with a `ParleyError`: what the node answered, or `node-unreachable`, `timeout`, `aborted`, or `node-error` for an
 * answer that is none of ours.
 */
export interface NodeApi {
  /** Local clock minus node clock, in ms; null until the node told its time. Good to about half a round trip. */
  readonly clockOffsetMs: number | null
  info(options?: CallOptions): Promise<InfoResponse>
  /** The code works on this device only. `email-malformed`, `code-cooldown`, `rate-limited` (both with `retryInMs`), `mail-failed` */
  requestCode(email: string, options?: CallOptions): Promise<OtpResponse>
  /** `code-wrong` (with `attemptsLeft`), `code-expired`, `code-attempts`, `rate-limited`; and why there is no account for a newcomer: `registration-*`, `pass-*` */
  verifyCode(attempt: { email: string, code: string, deviceLabel?: string, pass?: string }, options?: CallOptions): Promise<PassportResponse>
  /** `device-revoked`, `passport-invalid`. An expired passport will do. */
  refresh(passport: string, options?: CallOptions): Promise<PassportResponse>
  /** `suggestedName` is there when there is no name yet. */
  displayName(passport: string, options?: CallOptions): Promise<{ name: string | null, suggestedName?: string | undefined }>
  /** A name that is free at this moment. */
  suggestName(passport: string, options?: CallOptions): Promise<string>
  /** `name-taken`, `name-malformed`. The passport that is answered carries the name. */
  chooseName(passport: string, name: string, options?: CallOptions): Promise<PassportResponse>
  /** A pass for an invite link; `not-found` on nodes where newcomers need none, `rate-limited`. */
  givePass(passport: string, wish: { expiresAt: number, maxUses: number | null }, options?: CallOptions): Promise<PassResponse>
  devices(passport: string, options?: CallOptions): Promise<Device[]>
  /** `not-found`. With this device's own id: signs it out. */
  revokeDevice(passport: string, id: string, options?: CallOptions): Promise<void>
  /** `backup-missing` */
  backup(passport: string, id: string, options?: CallOptions): Promise<BackupResponse>
  /** Answers the new revision. `backup-changed` when `replaces` is not the one that is there (0: none). */
  saveBackup(passport: string, id: string, change: { replaces: number, sealed: string }, options?: CallOptions): Promise<number>
  ice(passport: string, options?: CallOptions): Promise<IceResponse>
  jwks(options?: CallOptions): Promise<Jwks>
  /** Welcomes and requests of one room. */
  invitations(passport: string, roomTag: RoomTag, keys: MailboxKeys): InvitationsApi
}

interface Call<Answer> {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With query. */
  path: string
  answer: z.ZodMiniType<Answer>
  body?: object
  /** Makes the call an authenticated one. */
  passport?: string
  /** Sends a proof without a passport. */
  proves?: boolean
  /** Signs the call with a key of a room, too. */
  roomKeys?: MailboxKeys
}

const TIMEOUT_MS = 10_000

type Repeat = 'clock' | 'nonce'

export function createNodeApi (options: NodeApiOptions): NodeApi {
  const { origin, deviceKey, now = Date.now, timeoutMs = TIMEOUT_MS } = options
  // Called on nothing: browsers refuse `fetch` as a method of another object.
  const send: typeof fetch = (url, init) => (options.fetch ?? fetch)(url, init)
  const prove = createProver(deviceKey)
  let clockOffsetMs: number | null = null
  let nonce: string | null = null

  const attempt = async <Answer>({ method, path, answer, body, passport, proves, roomKeys }: Call<Answer>, signal: AbortSignal): Promise<Answer> => {
    const headers = new Headers({ accept: 'application/json' })
    if (body !== undefined) headers.set('content-type', 'application/json')
    if (passport !== undefined) headers.set('authorization', `DPoP ${passport}`)
    if (passport !== undefined || proves === true) {
      const url = new URL(path, origin)
      const proof = await prove({ method, url: `${url.origin}${url.pathname}`, passport, at: now() - (clockOffsetMs ?? 0), nonce })
      headers.set('dpop', proof)
      if (roomKeys !== undefined) headers.set(MAILBOX_PROOF_HEADER, await proveToMailbox(proof, roomKeys))
    }
    const response = await send(new URL(path, origin), {
      method, headers, signal, body: body === undefined ? null : JSON.stringify(body),
      // The interface needs no cookies and never redirects; whoever redirects is not the node.
      credentials: 'omit', redirect: 'error', cache: 'no-store', referrerPolicy: 'no-referrer'
    })
    nonce = response.headers.get(DPOP_NONCE_HEADER) ?? nonce
    const content: unknown = response.status === 204 ? null : await response.json().catch(() => undefined)
    signal.throwIfAborted()
    if (!response.ok) throw toParleyError(response.status, content)
    const parsed = answer.safeParse(content)
    if (!parsed.success) throw new ParleyError('node-error', { cause: parsed.error })
    return parsed.data
  }

  /** Each of the two reasons to repeat a call may come once: the clock is off at a node that was just started. */
  const attemptAgain = async <Answer>(what: Call<Answer>, signal: AbortSignal, left: readonly Repeat[] = ['clock', 'nonce']): Promise<Answer> => {
    const nonceBefore = nonce
    try {
      return await attempt(what, signal)
    } catch (error) {
      const nodeTime = error instanceof ParleyError && error.code === 'clock-off' ? error.details['now'] : undefined
      const reason = typeof nodeTime === 'number' ? 'clock' : error instanceof ParleyError && error.code === 'proof-invalid' && nonce !== nonceBefore ? 'nonce' : null
      if (reason === null || !left.includes(reason)) throw error
      if (typeof nodeTime === 'number') clockOffsetMs = now() - nodeTime
      return await attemptAgain(what, signal, left.filter((repeat) => repeat !== reason))
    }
  }

  const call = async <Answer>(what: Call<Answer>, { signal }: CallOptions = {}): Promise<Answer> => {
    const limit = AbortSignal.timeout(timeoutMs)
    const either = signal === undefined ? limit : AbortSignal.any([signal, limit])
    try {
      return await attemptAgain(what, either)
    } catch (cause) {
      if (cause instanceof ParleyError) throw cause
      if (signal?.aborted === true) throw new ParleyError('aborted', { cause })
      throw new ParleyError(limit.aborted ? 'timeout' : 'node-unreachable', { cause })
    }
  }

  return {
    get clockOffsetMs () {
      return clockOffsetMs
    },
    async info (options) {
      const askedAt = now()
      const info = await call({ method: 'GET', path: '/v1/info', answer: infoResponseSchema }, options)
      clockOffsetMs = Math.round((askedAt + now()) / 2) - info.now
      return info
    },
    requestCode: (email, options) =>
      call({ method: 'POST', path: '/v1/auth/otp', body: { email }, proves: true, answer: otpResponseSchema }, options),
    verifyCode: (body, options) =>
      call({ method: 'POST', path: '/v1/auth/verify', body, proves: true, answer: passportResponseSchema }, options),
    refresh: (passport, options) => call({ method: 'POST', path: '/v1/auth/refresh', passport, answer: passportResponseSchema }, options),
    displayName: (passport, options) =>
      call({ method: 'GET', path: '/v1/user/display-name', passport, answer: displayNameResponseSchema }, options),
    async suggestName (passport, options) {
      const { suggestedName } = await call(
        { method: 'GET', path: '/v1/user/display-name?suggest=1', passport, answer: displayNameResponseSchema }, options)
      if (suggestedName === undefined) throw new ParleyError('node-error')
      return suggestedName
    },
    chooseName: (passport, name, options) =>
      call({ method: 'PUT', path: '/v1/user/display-name', body: { name }, passport, answer: passportResponseSchema }, options),
    givePass: (passport, body, options) => call({ method: 'POST', path: '/v1/passes', body, passport, answer: passResponseSchema }, options),
    async devices (passport, options) {
      return (await call({ method: 'GET', path: '/v1/devices', passport, answer: devicesResponseSchema }, options)).devices
    },
    async revokeDevice (passport, id, options) {
      await call({ method: 'DELETE', path: `/v1/devices/${encodeURIComponent(id)}`, passport, answer: z.null() }, options)
    },
    backup: (passport, id, options) => call({ method: 'GET', path: `/v1/user/backup?id=${id}`, passport, answer: backupResponseSchema }, options),
    async saveBackup (passport, id, body, options) {
      return (await call({ method: 'PUT', path: `/v1/user/backup?id=${id}`, body, passport, answer: backupRevisionSchema }, options)).revision
    },
    ice: (passport, options) => call({ method: 'GET', path: '/v1/ice', passport, answer: iceResponseSchema }, options),
    jwks: (options) => call({ method: 'GET', path: '/.well-known/jwks.json', answer: jwksSchema }, options),
    invitations: (passport, roomTag, roomKeys) => createInvitationsApi(roomTag, async (what, options) => await call({ ...what, passport, roomKeys }, options))
  }
}

function createInvitationsApi (roomTag: RoomTag, call: <Answer>(what: Call<Answer>, options?: CallOptions) => Promise<Answer>): InvitationsApi {
  const room = `/v1/mailbox/${roomTag}`
  const done = z.null()
  return {
    async putWelcome (inviteId, { sealed, expiresAt }, options) {
      await call({ method: 'PUT', path: `${room}/welcomes/${inviteId}`, body: { sealed: toBase64Url(sealed), expiresAt }, answer: done }, options)
    },
    welcome: async (inviteId, options) =>
      readBlob((await call({ method: 'GET', path: `${room}/welcomes/${inviteId}`, answer: welcomeResponseSchema }, options)).sealed),
    async removeWelcome (inviteId, options) {
      await call({ method: 'DELETE', path: `${room}/welcomes/${inviteId}`, answer: done }, options)
    },
    leaveRequest: async ({ inviteId, sealed }, options) => (await call(
      { method: 'POST', path: `${room}/requests`, body: { inviteId, sealed: toBase64Url(sealed) }, answer: joinRequestResponseSchema }, options)).id,
    requests: async (options) => (await call({ method: 'GET', path: `${room}/requests`, answer: joinRequestsResponseSchema }, options)).requests,
    async answer (id, options) {
      const { answer } = await call({ method: 'GET', path: `${room}/requests/${id}`, answer: requestStateSchema }, options)
      return answer === null ? null : readBlob(answer)
    },
    async putAnswer (id, sealed, options) {
      await call({ method: 'PUT', path: `${room}/requests/${id}/answer`, body: { sealed: toBase64Url(sealed) }, answer: done }, options)
    },
    async removeRequest (id, options) {
      await call({ method: 'DELETE', path: `${room}/requests/${id}`, answer: done }, options)
    },
    async eraseBodies (devTag, seqs, options) {
      for (let at = 0; at < seqs.length; at += ERASED_PER_CALL) {
        const body = { devTag, seqs: seqs.slice(at, at + ERASED_PER_CALL) }
        await call({ method: 'POST', path: `${room}/erase`, body, answer: eraseResponseSchema }, options)
      }
    }
  }
}

/** What no node of ours would answer counts as its fault. */
function readBlob (text: string): Uint8Array<ArrayBuffer> {
  try {
    return fromBase64Url(text)
  } catch (cause) {
    throw new ParleyError('node-error', { cause })
  }
}
