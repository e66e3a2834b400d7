/**
 * The account of this device: sign-in, the passport and its renewal, the name. Keeps the sealed profile current; knows nothing of rooms.
 */
import { signal, type ReadonlySignal } from '@preact/signals-core'
import { ParleyError } from '#shared/errors.ts'
import { jwksSchema, type IceResponse, type Jwks, type NodeStorage, type PassportResponse } from '#shared/http/index.ts'
import { deviceKeyThumbprint, type PassportClaims } from '#shared/http/passport.ts'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import { fromBase64Url, parseInvite, toBase64Url } from '#shared/invite.ts'
import { CLOCK_AHEAD_MAX_MS, PASSPORT_REFRESH_BEFORE_MS, PASSPORT_TTL_MS } from '#shared/limits.ts'
import { checkName } from '#shared/names/check-name.ts'
import { FIRST_PROTOCOL, matchProtocol, PROTOCOL } from '#shared/protocol.ts'
import type { PassportStanding, SignIn } from './api.ts'
import { clocksDiffer } from './clock.ts'
import { createRootEntropy, type Device } from './identity/index.ts'
import { verifyPassport } from './identity/passport.ts'
import type { InvitationsApi, MailboxKeys, NodeApi } from './node-api/index.ts'
import type { Platform } from './platform.ts'
import type { ProfileRecord, Store } from './store/index.ts'

/** A call may last: credentials with less than this left, or less than half of a shorter life, are renewed. */
const ICE_REFRESH_BEFORE_MS = 6 * 3_600_000

export interface AccountParts extends SignIn {
  readonly profile: ReadonlySignal<ProfileRecord | null>
  readonly passport: ReadonlySignal<PassportStanding>
  readonly clockOffsetMs: ReadonlySignal<number | null>
  /** Asks the node for its time; answers what was known before when it does not answer. Never rejects. */
  measureClock(): Promise<number | null>
  /** Whether the node has room for new entries, as it said last. */
  readonly storage: ReadonlySignal<NodeStorage>
  /** Why this version and the node's do not understand each other; null while they do. */
  readonly mismatch: ReadonlySignal<'client-too-old' | 'node-too-old' | null>
  load(): Promise<void>
  /** Makes this device another person's. Nobody may be in a room under the former one. */
  become(person: Pick<ProfileRecord, 'rootEntropy' | 'linked'>): Promise<void>
  /** Renews the passport when it has little time left. Never rejects: a node that is down is asked again later. */
  renew(): Promise<void>
  /** Asks the node whether this device is still signed in, and takes a fresh passport when it is. Never rejects. */
  check(): Promise<void>
  /** Where the relay is: as the node says, else as it said last. */
  relayAddrs(): Promise<string[]>
  /** STUN and TURN servers of the node, kept while their credentials hold. @throws {ParleyError} (rejects) */
  iceServers(): Promise<RTCIceServer[]>
  verify(jwt: string, device: DeviceKey): Promise<PassportClaims | null>
  /** The shelf for invitations of a room, by one of its keys; null before sign-in. */
  invitations(roomTag: RoomTag, keys: MailboxKeys): InvitationsApi | null
  /** A pass for a link that this device makes; null where newcomers need none. @throws {ParleyError} (rejects) */
  givePass(wish: { expiresAt: number, maxUses: number | null }): Promise<Uint8Array<ArrayBuffer> | null>
  /** Tells the node that this device is gone. Never rejects. */
  revoke(): Promise<void>
}

export function createAccount ({ api, store, device, platform, nodeOrigin }: {
  api: NodeApi, store: Store, device: Device, platform: Platform, nodeOrigin: string
}): AccountParts {
  const profile = signal<ProfileRecord | null>(null)
  const passport = signal<PassportStanding>('valid')
  const clockOffsetMs = signal<number | null>(null)
  const storage = signal<NodeStorage>('ok')
  const mismatch = signal<'client-too-old' | 'node-too-old' | null>(null)
  let devMail = false
  let hasAsked = false
  let ice: IceResponse & { renewAt: number } | null = null

  /** The node's time, however wrong: passports and credentials are dated by it, and nothing that people write. */
  const nodeNow = (): number => Date.now() - (clockOffsetMs.peek() ?? 0)
  const save = async (change: Partial<ProfileRecord>): Promise<void> => {
    const current = profile.peek()
    if (current === null) return
    profile.value = { ...current, ...change }
    await store.saveProfile(profile.value)
  }
  const need = (): ProfileRecord => {
    const current = profile.peek()
    if (current === null) throw new ParleyError('passport-invalid')
    return current
  }
  const take = async ({ passport: jwt, expiresAt, name }: PassportResponse): Promise<void> => {
    await save({ passport: jwt, passportExpiresAt: expiresAt, name })
    passport.value = 'valid'
  }

  /** What the node says of itself, kept for when it is down. */
  const askNode = async (): Promise<void> => {
    const info = await api.info()
    clockOffsetMs.value = api.clockOffsetMs
    storage.value = info.storage ?? 'ok'
    const match = matchProtocol(PROTOCOL, info.protocol ?? FIRST_PROTOCOL)
    mismatch.value = match === 'meets' ? null : match === 'peer-too-old' ? 'node-too-old' : 'client-too-old'
    if (mismatch.value !== null) throw new ParleyError(mismatch.value)
    devMail = info.devMail
    hasAsked = true
    const current = profile.peek()
    if (current === null) return
    const isSame = current.issuer === info.issuer && current.relayAddrs.join() === info.relayAddrs.join() &&
      current.registration === info.registration
    if (!isSame) await save({ issuer: info.issuer, relayAddrs: info.relayAddrs, registration: info.registration })
  }

  const measureClock = async (): Promise<number | null> => {
    await api.info().catch(() => null)
    clockOffsetMs.value = api.clockOffsetMs
    return api.clockOffsetMs
  }

  const refresh = async (): Promise<void> => {
    const current = profile.peek()
    if (current === null || passport.peek() === 'revoked') return
    try {
      await take(await api.refresh(current.passport))
    } catch (error) {
      const code = error instanceof ParleyError ? error.code : null
      // What can never get better by waiting; a refused passport is shown once more all the same, for a node that was started with the wrong data.
      if (code === 'device-revoked') passport.value = 'revoked'
      else if (code === 'passport-invalid') passport.value = 'refused'
      else if (current.passportExpiresAt < nodeNow()) passport.value = 'expired'
    }
  }

  /** For what is done before there is a session, which renews the passport otherwise: a passport that is not good now is renewed first. */
  const withPassport = async <Answer>(call: (jwt: string) => Promise<Answer>): Promise<Answer> => {
    try {
      return await call(need().passport)
    } catch (error) {
      if (!(error instanceof ParleyError) || (error.code !== 'passport-expired' && error.code !== 'passport-invalid')) throw error
      await refresh()
      if (passport.peek() !== 'valid') throw error
      return await call(need().passport)
    }
  }

  const refreshJwks = async (): Promise<Jwks> => {
    const jwks = await api.jwks()
    await save({ jwks: JSON.stringify(jwks) })
    return jwks
  }
  const storedJwks = (): Jwks => jwksSchema.parse(JSON.parse(need().jwks))

  return {
    profile,
    passport,
    clockOffsetMs,
    measureClock,
    storage,
    mismatch,
    async load () {
      profile.value = await store.loadProfile()
      const expiresAt = profile.value?.passportExpiresAt ?? Infinity
      if (expiresAt < Date.now()) passport.value = 'expired'
    },
    become: async (person) => await save(person),
    async renew () {
      const left = (profile.peek()?.passportExpiresAt ?? Infinity) - nodeNow()
      // One that lasts longer than any is of a clock that was ahead: nobody takes it for as long as that was.
      if (left <= PASSPORT_REFRESH_BEFORE_MS || left > PASSPORT_TTL_MS + CLOCK_AHEAD_MAX_MS) await refresh()
      // What the node has room for changes while this device is connected.
      await askNode().catch(() => undefined)
    },
    check: async () => await refresh(),
    async relayAddrs () {
      const known = profile.peek()?.relayAddrs ?? []
      if (known.length > 0 && !hasAsked) {
        // The first try goes to where the node was last, without a question before it; the question follows for the next.
        hasAsked = true
        askNode().catch(() => { hasAsked = false })
        return known
      }
      await askNode()
      return profile.peek()?.relayAddrs ?? []
    },
    async iceServers () {
      if (ice === null || nodeNow() >= ice.renewAt) {
        const fresh = await api.ice(need().passport)
        ice = { ...fresh, renewAt: fresh.expiresAt - Math.min(ICE_REFRESH_BEFORE_MS, (fresh.expiresAt - nodeNow()) / 2) }
      }
      return ice.iceServers.map(({ urls, username, credential }) =>
        ({ urls, ...(username !== undefined && { username }), ...(credential !== undefined && { credential }) }))
    },
    async verify (jwt, of) {
      const check = async (jwks: Jwks): Promise<PassportClaims | null> => {
        const result = await verifyPassport(jwt, { jwks, issuer: need().issuer, deviceKey: of, now: nodeNow() })
        return result !== null && !('expired' in result) ? result : null
      }
      try {
        // A key that is not known may be new: the node is asked once per unknown passport.
        return await check(storedJwks()) ?? await check(await refreshJwks())
      } catch {
        return null
      }
    },
    invitations (roomTag, keys) {
      const current = profile.peek()
      return current === null ? null : api.invitations(current.passport, roomTag, keys)
    },
    async revoke () {
      const current = profile.peek()
      if (current === null) return
      await api.revokeDevice(current.passport, await deviceKeyThumbprint(device.key), { signal: AbortSignal.timeout(3000) }).catch(() => undefined)
    },

    async givePass (wish) {
      const { passport: jwt, registration } = need()
      return registration === 'invite' ? fromBase64Url((await api.givePass(jwt, wish)).pass) : null
    },
    async requestCode (email) {
      // First: no mail is sent for a sign-in that cannot come to anything.
      await askNode().catch((error: unknown) => { if (mismatch.peek() !== null) throw error })
      const answer = await api.requestCode(email)
      return { ...answer, devMailUrl: devMail ? `${nodeOrigin}/dev/mail?to=${encodeURIComponent(email.trim().toLowerCase())}` : null }
    },
    registration: async () => (await api.info()).registration,
    async verifyCode (email, code, link = null) {
      const answer = await api.verifyCode({ email, code, deviceLabel: platform.deviceLabel, ...passOf(link) }).catch(async (error: unknown) => {
        if (error instanceof ParleyError && error.code === 'pass-expired') throw clocksDiffer(await measureClock()) ?? error
        throw error
      })
      const [info, jwks] = await Promise.all([api.info(), api.jwks()])
      clockOffsetMs.value = api.clockOffsetMs
      const known = profile.peek()
      const record: ProfileRecord = {
        nodeOrigin,
        accountId: answer.accountId,
        name: answer.name,
        passport: answer.passport,
        passportExpiresAt: answer.expiresAt,
        rootEntropy: known === null ? createRootEntropy() : known.rootEntropy,
        linked: known?.linked ?? null,
        jwks: JSON.stringify(jwks),
        issuer: info.issuer,
        relayAddrs: info.relayAddrs,
        registration: info.registration
      }
      await store.saveProfile(record)
      profile.value = record
      passport.value = 'valid'
    },
    suggestName: async () => await withPassport(async (jwt) => await api.suggestName(jwt)),
    async chooseName (text) {
      const checked = checkName(text)
      if ('fault' in checked) throw new ParleyError('name-malformed', { details: { ...checked } })
      await take(await withPassport(async (jwt) => await api.chooseName(jwt, checked.name)))
    }
  }
}

/** What a link brings to the sign-in of a newcomer; nothing when it cannot be read, which joining tells. */
function passOf (link: string | null): { pass?: string } {
  try {
    const { pass } = parseInvite(link ?? '')
    return pass === undefined ? {} : { pass: toBase64Url(pass) }
  } catch {
    return {}
  }
}
