/**
 * Who is calling: a passport and a proof by the device key it is bound to (RFC 9449). Routes that need it take `preHandler: app.authenticate`
 * and read `request.caller`.
 */
import type { FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { ParleyError } from '#shared/errors.ts'
import { DPOP_NONCE_HEADER } from '#shared/http/dpop.ts'
import type { PassportCheck } from '#shared/http/passport.ts'
import { networkOf } from '../auth/askers.ts'
import type { ProofRequest } from '../auth/dpop.ts'
import type { App } from '../http.ts'
import type { Services } from '../services.ts'
import type { DeviceRow } from '../store/devices.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** @throws {ParleyError} `proof-invalid`, `clock-off`, `passport-invalid`, `passport-expired`, `device-revoked`, `rate-limited` */
    authenticate: (request: FastifyRequest) => Promise<void>
    /** As `authenticate`, but the passport may have expired, be dated by a clock that was ahead, or name a former address of this node. */
    authenticateExpired: (request: FastifyRequest) => Promise<void>
    /** The thumbprint of the key that proved itself, before there is a passport. */
    proveDevice: (request: FastifyRequest) => Promise<string>
  }
  interface FastifyRequest {
    caller: DeviceRow | null
  }
}

/** Finer is nobody's business, and a write per call would be waste. */
const TOUCH_EVERY_MS = 10 * 60_000

export const deviceAuth = fastifyPlugin((app: App, services: Services, done) => {
  const { proofs, passports, devices, now } = services

  const prove = (request: FastifyRequest, rest: Pick<ProofRequest, 'passport' | 'party' | 'judge'>): Promise<string> =>
    proofs.check({ proof: request.headers['dpop'], method: request.method, path: request.url.split('?', 1)[0] ?? '', ...rest })

  const authenticate = async (request: FastifyRequest, accepts: (check: PassportCheck) => boolean): Promise<void> => {
    const passport = /^DPoP ([\w.-]+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (passport === undefined) throw new ParleyError('passport-invalid')
    const check = await passports.check(passport)
    if (check.status === 'invalid') throw new ParleyError('passport-invalid')
    const deviceId = await prove(request, {
      passport,
      party: `account ${check.claims.sub}`,
      async judge (proven) {
        if (proven !== check.claims.cnf.jkt) throw new ParleyError('proof-invalid')
        await app.limits.device(request, proven)
      }
    })
    const device = await devices.find(deviceId)
    if (device?.accountId !== check.claims.sub) throw new ParleyError('passport-invalid')
    if (device.isRevoked) throw new ParleyError('device-revoked')
    if (!accepts(check)) throw new ParleyError('passport-expired')
    // Also when it was seen "later than now", by a clock that was ahead.
    if (Math.abs(now() - device.lastSeenAt) > TOUCH_EVERY_MS) await touch(request, deviceId)
    request.caller = device
  }

  /** RULE: reading needs no write, so a disk that takes none must not refuse anyone. */
  const touch = async (request: FastifyRequest, deviceId: string): Promise<void> => {
    try {
      await devices.touch(deviceId, now())
    } catch (error) {
      request.log.warn({ err: error }, 'when a device was last seen could not be stored')
    }
  }

  app.decorateRequest('caller', null)
  // Each response names the nonce, so that a client has it before it makes its first proof.
  app.addHook('onRequest', (request, reply, done) => {
    if (request.url.startsWith('/v1/')) reply.header(DPOP_NONCE_HEADER, proofs.nonce())
    done()
  })
  app.decorate('authenticate', (request: FastifyRequest) => authenticate(request, ({ status }) => status === 'valid'))
  app.decorate('authenticateExpired', (request: FastifyRequest) => authenticate(request, () => true))
  app.decorate('proveDevice', (request: FastifyRequest) => prove(request, { passport: null, party: `address ${networkOf(request.ip)}` }))
  done()
}, { name: 'device-auth', dependencies: ['limits'] })

/** The caller of a route with `preHandler: app.authenticate`. */
export function callerOf (request: FastifyRequest): DeviceRow {
  if (request.caller === null) throw new Error('this route does not authenticate its caller')
  return request.caller
}
