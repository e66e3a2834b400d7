/**
 * The inbox of a node without SMTP. config.ts lets such a node run on loopback only; `isLocalCaller` keeps out pages of other sites that
 * point a name of theirs at this machine (DNS rebinding), and requests that came through a proxy.
 */
import { ParleyError } from '#shared/errors.ts'
import { devMailQuerySchema, devMailSchema } from '#shared/http/index.ts'
import type { App } from '../http.ts'
import { isLocalCaller } from '../local-caller.ts'
import type { Services } from '../services.ts'

export function devMailRoute (app: App, { mailer }: Services): void {
  app.get('/dev/mail', { schema: { hide: true, querystring: devMailQuerySchema, response: { 200: devMailSchema } } }, (request, reply) => {
    if (mailer.inbox === null || !isLocalCaller(request)) throw new ParleyError('not-found')
    const { to } = request.query
    void reply.header('cache-control', 'no-store')
    // Of one address only the newest.
    return to === undefined ? [...mailer.inbox] : mailer.inbox.filter((mail) => mail.to === to).slice(0, 1)
  })
}
