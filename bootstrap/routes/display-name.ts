/** The name people see. Reserved on the node when chosen; the former one is free again at the same moment. */
import { ParleyError } from '#shared/errors.ts'
import {
  displayNameQuerySchema, displayNameRequestSchema, displayNameResponseSchema, passportResponseSchema, problemSchema
} from '#shared/http/index.ts'
import { checkName } from '#shared/names/check-name.ts'
import type { App } from '../http.ts'
import { callerOf } from '../plugins/device-auth.ts'
import type { Services } from '../services.ts'

export function displayNameRoutes (app: App, { names, passports, suggestName, now }: Services): void {
  app.get('/user/display-name', {
    preHandler: app.authenticate,
    schema: {
      tags: ['user'], security: [{ passport: [] }], querystring: displayNameQuerySchema,
      response: { 200: displayNameResponseSchema, default: problemSchema }
    }
  }, async (request) => {
    const name = await names.of(callerOf(request).accountId)
    return { name, ...(request.query.suggest === '1' || name === null ? { suggestedName: await suggestName() } : {}) }
  })

  app.put('/user/display-name', {
    preHandler: app.authenticate,
    schema: {
      tags: ['user'], security: [{ passport: [] }], body: displayNameRequestSchema,
      response: { 200: passportResponseSchema, default: problemSchema }
    }
  }, async (request) => {
    const { id, accountId } = callerOf(request)
    await app.limits.namesPerDevice(request, id)
    const checked = checkName(request.body.name)
    if ('fault' in checked) throw new ParleyError('name-malformed', { details: { ...checked } })
    if (!await names.reserve(checked.name, accountId, now())) throw new ParleyError('name-taken')
    return passports.issue(accountId, id)
  })
}
