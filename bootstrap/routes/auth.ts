/** Signing in by a code from the mailbox, and refreshing a passport by the device key. */
import type { FastifyRequest } from 'fastify'
import { ParleyError } from '#shared/errors.ts'
import { otpRequestSchema, otpResponseSchema, passportResponseSchema, problemSchema, verifyRequestSchema } from '#shared/http/index.ts'
import type { AccountId } from '#shared/ids.ts'
import { DEVICE_IDLE_MS, DEVICES_MAX } from '#shared/limits.ts'
import type { App } from '../http.ts'
import { isLocalCaller } from '../local-caller.ts'
import { callerOf } from '../plugins/device-auth.ts'
import type { Services } from '../services.ts'

export function authRoutes (app: App, { codes, registration, devices, passports, mailer, clock, now }: Services): void {
  /** Idle devices give way only when there is no room else: nobody is signed out for nothing. */
  const makeRoom = async (accountId: AccountId, deviceId: string): Promise<void> => {
    if (await devices.countOthers(accountId, deviceId, 0) < DEVICES_MAX) return
    const usedAfter = now() - DEVICE_IDLE_MS
    // A clock that may be wrong makes every device look idle.
    if (!clock.mayErase() || await devices.countOthers(accountId, deviceId, usedAfter) >= DEVICES_MAX) throw new ParleyError('device-limit')
    await devices.dropIdle(accountId, usedAfter, now())
  }

  const askerOf = <DeviceId extends string | null>(request: FastifyRequest, deviceId: DeviceId) =>
    ({ deviceId, address: request.ip, isLocal: mailer.inbox !== null && isLocalCaller(request) })

  app.post('/auth/otp', {
    onRequest: app.limits.signInPerAddress,
    schema: {
      tags: ['sign-in'], security: [{ proof: [] }, {}],
      body: otpRequestSchema, response: { 202: otpResponseSchema, default: problemSchema }
    }
  }, async (request, reply) => {
    // Without a proof the code works with any device's key.
    const deviceId = request.headers['dpop'] === undefined ? null : await app.proveDevice(request)
    return reply.status(202).send(await codes.send(request.body.email, askerOf(request, deviceId)))
  })

  app.post('/auth/verify', {
    onRequest: app.limits.signInPerAddress,
    schema: {
      tags: ['sign-in'], security: [{ proof: [] }],
      body: verifyRequestSchema, response: { 200: passportResponseSchema, default: problemSchema }
    }
  }, async (request) => {
    const { email, code, deviceLabel, pass = null } = request.body
    // Before the code: a bad proof costs no attempt.
    const deviceId = await app.proveDevice(request)
    const emailHash = await codes.use(email, code, askerOf(request, deviceId))
    const accountId = await registration.admit({ email, emailHash, pass })
    await makeRoom(accountId, deviceId)
    await devices.register({ id: deviceId, accountId, label: deviceLabel ?? '', now: now() })
    return passports.issue(accountId, deviceId)
  })

  app.post('/auth/refresh', {
    preHandler: app.authenticateExpired,
    schema: { tags: ['sign-in'], security: [{ passport: [] }], response: { 200: passportResponseSchema, default: problemSchema } }
  }, (request) => {
    const { accountId, id } = callerOf(request)
    return passports.issue(accountId, id)
  })
}
