/** Response headers that keep pages of this node to themselves. */
import helmet from '@fastify/helmet'
import fastifyPlugin from 'fastify-plugin'
import type { App } from '../http.ts'
import type { Services } from '../services.ts'

export const security = fastifyPlugin(async (app: App, { origins, config }: Services) => {
  // Of one origin, but not every browser counts ws:// as 'self'; and a local page may be opened under another loopback name than the relay's.
  const sockets = (): string => {
    const { protocol, host, port } = new URL(origins.publicUrl())
    const names = config.publicUrl === null ? [`127.0.0.1:${port}`, `localhost:${port}`] : [host]
    return names.map((name) => `${protocol === 'https:' ? 'wss' : 'ws'}://${name}`).join(' ')
  }
  const isHttps = config.publicUrl?.startsWith('https:') ?? false
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        // WebAssembly is code of this origin too: Argon2 (exports, link codes) runs in it.
        scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'blob:', 'data:'],
        mediaSrc: ["'self'", 'blob:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'", sockets],
        workerSrc: ["'self'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"]
      }
    },
    strictTransportSecurity: isHttps ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    crossOriginOpenerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' }
  })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    reply.header('permissions-policy', 'camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=()')
    done()
  })
}, { name: 'security' })
