/** The interface described for machines: `GET /openapi.json`, made from the same schemas that validate. */
import swagger from '@fastify/swagger'
import fastifyPlugin from 'fastify-plugin'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import type { App } from '../http.ts'
import { VERSION } from '../version.ts'

export const openapi = fastifyPlugin(async (app: App) => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Parley node', version: VERSION, description: 'Errors are application/problem+json with a `code` (docs/ERRORS.md).' },
      components: {
        securitySchemes: {
          passport: { type: 'http', scheme: 'dpop', description: '`Authorization: DPoP <passport>` and a `DPoP` proof (RFC 9449) by the device key.' },
          mailboxProof: {
            type: 'apiKey', in: 'header', name: 'Mailbox-Proof', description: 'A signature by a key of the room over the `DPoP` header (shared/http/mailbox.ts).'
          },
          proof: { type: 'apiKey', in: 'header', name: 'DPoP', description: 'A `DPoP` proof (RFC 9449) by the device key.' }
        }
      }
    },
    transform: jsonSchemaTransform
  })
  // Made once: it takes milliseconds, and anyone may ask.
  let text: string | null = null
  app.get('/openapi.json', { schema: { hide: true } }, (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(text ??= JSON.stringify(app.swagger())))
}, { name: 'openapi' })
