/**
 * Serves the web client: files with a hash in their name for good, `index.html` always fresh, and for every address the client routes itself.
 * The build left compressed files beside them, which are sent as they are. RULE: the interface's own responses are never compressed: secrets
 * beside what others choose could be guessed by length (BREACH).
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import fastifyPlugin from 'fastify-plugin'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ParleyError } from '#shared/errors.ts'
import type { App } from '../http.ts'

/** Addresses that are never a page of the client. */
const NOT_PAGES = /^\/(?:v1|dev|assets|widget|\.well-known)(?:\/|$)|^\/(?:healthz|readyz|metrics|openapi\.json)$/

const NO_CLIENT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Parley node</title>
<h1>This Parley node is running</h1>
<p>Its web client is not built. In a checkout, run <code>npm run build</code> and start the node again. Installed apps can use this node already.</p>
</html>`

/** @param webRoot folder with `index.html`; null or without one: a page that says so. */
export const webClient = fastifyPlugin(async (app: App, { webRoot }: { webRoot: string | null }) => {
  const root = webRoot !== null && existsSync(join(webRoot, 'index.html')) ? webRoot : null
  const sendPage = (reply: FastifyReply): FastifyReply => root === null
    ? reply.status(503).type('text/html; charset=utf-8').header('cache-control', 'no-store').send(NO_CLIENT)
    : reply.header('cache-control', 'no-cache').sendFile('index.html', root, { cacheControl: false })

  if (root !== null) {
    await app.register(fastifyStatic, {
      root,
      index: false,
      cacheControl: false,
      preCompressed: true,
      setHeaders: (reply, path) => {
        const isHashed = path.startsWith(join(root, 'assets'))
        void reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache')
      },
      schemaHide: true
    })
  }
  app.get('/', { schema: { hide: true } }, (_request, reply) => sendPage(reply))
  app.setNotFoundHandler((request: FastifyRequest, reply) => {
    const path = request.url.split('?', 1)[0] ?? '/'
    const wantsPage = (request.method === 'GET' || request.method === 'HEAD') && (request.headers.accept ?? '').includes('text/html')
    if (!wantsPage || NOT_PAGES.test(path)) throw new ParleyError('not-found')
    return sendPage(reply)
  })
}, { name: 'web-client' })
