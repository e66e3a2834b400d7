/** ICE servers for calls and direct links: none, or TURN with credentials that expire (coturn's REST scheme, `use-auth-secret`). */
import { createHmac } from 'node:crypto'
import { iceResponseSchema, problemSchema } from '#shared/http/index.ts'
import type { App } from '../http.ts'
import { callerOf } from '../plugins/device-auth.ts'
import type { Services } from '../services.ts'

/** For as long the client need not ask again whether there is a TURN server now. */
const NOTHING_TTL_MS = 12 * 3_600_000

export function iceRoutes (app: App, { config, secret, now }: Services): void {
  app.get('/ice', {
    preHandler: app.authenticate,
    schema: { tags: ['calls'], security: [{ passport: [] }], response: { 200: iceResponseSchema, default: problemSchema } }
  }, (request) => {
    if (config.turn === null) return { iceServers: [], expiresAt: now() + NOTHING_TTL_MS }
    const expiresAt = now() + config.turn.ttlMs
    // A pseudonym: the TURN server can count per person without knowing the account.
    const person = secret.hash('turn', callerOf(request).accountId).slice(0, 16)
    const username = `${Math.floor(expiresAt / 1000)}:${person}`
    const credential = createHmac('sha1', config.turn.secret).update(username).digest('base64')
    return { iceServers: [{ urls: config.turn.urls, username, credential }], expiresAt }
  })
}
