/** Passes that invite links carry to newcomers, on nodes where an account takes an invitation. */
import { passRequestSchema, passResponseSchema, problemSchema } from '#shared/http/index.ts'
import type { App } from '../http.ts'
import { callerOf } from '../plugins/device-auth.ts'
import type { Services } from '../services.ts'

export function passRoutes (app: App, { registration }: Services): void {
  app.post('/passes', {
    preHandler: app.authenticate,
    schema: {
      tags: ['sign-in'], security: [{ passport: [] }],
      body: passRequestSchema, response: { 200: passResponseSchema, default: problemSchema }
    }
  }, async (request) => await registration.givePass(callerOf(request).accountId, request.body))
}
