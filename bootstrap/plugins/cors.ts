/** Lets the installed app call the interface; the node's own pages need no leave. `origins.ts` has the same rule for WebSockets. */
import fastifyCors from '@fastify/cors'
import fastifyPlugin from 'fastify-plugin'
import { DPOP_NONCE_HEADER } from '#shared/http/dpop.ts'
import { MAILBOX_PROOF_HEADER } from '#shared/http/mailbox.ts'
import type { App } from '../http.ts'
import { DESKTOP_ORIGIN } from '../origins.ts'

export const cors = fastifyPlugin(async (app: App) => {
  await app.register(fastifyCors, {
    origin: [DESKTOP_ORIGIN],
    methods: ['GET', 'POST', 'PUT', 'DELETE'],
    allowedHeaders: ['authorization', 'content-type', 'dpop', MAILBOX_PROOF_HEADER],
    exposedHeaders: ['retry-after', DPOP_NONCE_HEADER],
    // Preflight answers may be kept for two hours, the most Chromium allows.
    maxAge: 7200,
    strictPreflight: false
  })
}, { name: 'cors' })
