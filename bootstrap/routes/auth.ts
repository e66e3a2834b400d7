/** Signing in by a code from the mailbox, and refreshing a passport by the device key. */
import { otpRequestSchema, otpResponseSchema, passportResponseSchema, problemSchema, verifyRequestSchema } from '#shared/http/index.ts'
import type { App } from '../http.ts'
import { callerOf } from '../plugins/device-auth.ts'
import type { Services } from '../services.ts'

export function authRoutes (app: App, { codes, accounts, devices, passports, secret, now }: Services): void {
  app.post('/auth/otp', {
    onRequest: app.limits.signInPerAddress,
    schema: { tags: ['sign-in'], body: otpRequestSchema, response: { 202: otpResponseSchema, default: problemSchema } }
  }, async (request, reply) => {
    const { email } = request.body
    await app.limits.codesPerEmail(request, secret.hash('email', email))
    return reply.status(202).send(await codes.send(email))
  })

  app.post('/auth/verify', {
    onRequest: app.limits.signInPerAddress,
    schema: {
      tags: ['sign-in'], security: [{ proof: [] }],
      body: verifyRequestSchema, response: { 200: passportResponseSchema, default: problemSchema }
    }
  }, async (request) => {
    const { email, code, deviceLabel } = request.body
    // Before the code: a bad proof costs no attempt.
    const deviceId = await app.proveDevice(request)
    const accountId = await accounts.findOrCreate(await codes.use(email, code), now())
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
