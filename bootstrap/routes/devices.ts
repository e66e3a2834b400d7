/** The devices of an account. Deleting one signs it out: its passport is refused from then on, also for refreshing. */
import * as z from 'zod/mini'
import { ParleyError } from '#shared/errors.ts'
import { deviceIdSchema, devicesResponseSchema, problemSchema } from '#shared/http/index.ts'
import type { App } from '../http.ts'
import { callerOf } from '../plugins/device-auth.ts'
import type { Services } from '../services.ts'

export function deviceRoutes (app: App, { devices, now }: Services): void {
  app.get('/devices', {
    preHandler: app.authenticate,
    schema: { tags: ['devices'], security: [{ passport: [] }], response: { 200: devicesResponseSchema, default: problemSchema } }
  }, async (request) => {
    const caller = callerOf(request)
    const rows = await devices.listOf(caller.accountId)
    return {
      devices: rows.map(({ id, label, createdAt, lastSeenAt }) => ({ id, label, createdAt, lastSeenAt, isThisDevice: id === caller.id }))
    }
  })

  app.delete('/devices/:id', {
    preHandler: app.authenticate,
    schema: {
      tags: ['devices'], security: [{ passport: [] }], params: deviceIdSchema,
      response: { 204: z.null(), default: problemSchema }
    }
  }, async (request, reply) => {
    if (!await devices.revoke(request.params.id, callerOf(request).accountId, now())) throw new ParleyError('not-found')
    return reply.status(204).send(null)
  })
}
