/** What a client must know before it signs in, and what peers need to check passports. */
import { PROTOCOL } from '#shared/protocol.ts'
import { infoResponseSchema, jwksSchema } from '#shared/http/index.ts'
import type { App, RelayInfo } from '../http.ts'
import type { Services } from '../services.ts'
import { VERSION } from '../version.ts'

export function infoRoutes (app: App, { disk, origins, mailer, registration, now }: Services, relay: () => RelayInfo | null): void {
  app.get('/info', { schema: { tags: ['node'], response: { 200: infoResponseSchema } } }, (_request, reply) => {
    const issuer = origins.publicUrl()
    const running = relay()
    void reply.header('cache-control', 'no-store')
    return {
      name: new URL(issuer).host,
      version: VERSION,
      issuer,
      relayAddrs: running?.multiaddrs() ?? [],
      peerId: running?.peerId ?? '',
      now: now(),
      devMail: mailer.inbox !== null,
      registration: registration.kind,
      storage: disk.storage(),
      protocol: PROTOCOL
    }
  })
}

export function jwksRoute (app: App, { keyRing }: Services): void {
  app.get('/.well-known/jwks.json', { schema: { tags: ['node'], response: { 200: jwksSchema } } }, (_request, reply) => {
    // Public, and announced a rotation ahead. Readable from anywhere.
    void reply.header('cache-control', 'public, max-age=300').header('access-control-allow-origin', '*')
      .header('cross-origin-resource-policy', 'cross-origin')
    return keyRing.jwks()
  })
}
