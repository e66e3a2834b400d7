/**
 * Serves the web client: files with a hash in their name for good, `index.html` always fresh, and for every address the client routes itself.
 * The build left compressed files beside them, which are sent as they are. RULE: the interface's own responses are never compressed: secrets
 * beside what others choose could be guessed by length (BREACH).
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyPlugin from 'fastify-plugin'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ParleyError } from '#shared/errors.ts'
import type { App } from '../http.ts'
import { readStaticFiles } from './static-files.ts'

/** Addresses that are never a page of the client. */
const NOT_PAGES = /^\/(?:v1|dev|assets|widget|\.well-known)(?:\/|$)|^\/(?:healthz|readyz|metrics|openapi\.json)$/

const NO_CLIENT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Parley node</title>
<h1>This Parley node is running</h1>
<p>Its web client is not built. In a checkout, run <code>npm run build</code> and start the node again. Installed apps can use this node already.</p>
</html>`

/** @param webRoot folder with `index.html`; null or without one: a page that says so. */
export const webClient = fastifyPlugin(async (app: App, { webRoot }: { webRoot: string | null }) => {
  const files = webRoot !== null && existsSync(join(webRoot, 'index.html')) ? await readStaticFiles(webRoot, { charge: app.limits.fileBytes }) : null
  const sendPage = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    files?.send('index.html', request, reply.header('cache-control', 'no-cache')) ??
      reply.status(503).type('text/html; charset=utf-8').header('cache-control', 'no-store').send(NO_CLIENT)

  app.get('/', { schema: { hide: true } }, sendPage)
  if (files !== null) {
    app.get<{ Params: { '*': string } }>('/*', { schema: { hide: true } }, (request, reply) => {
      const path = request.params['*']
      void reply.header('cache-control', path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')
      const sent = files.send(path, request, reply)
      if (sent === null) reply.removeHeader('cache-control').callNotFound()
      return reply
    })
  }
  app.setNotFoundHandler((request: FastifyRequest, reply) => {
    const path = request.url.split('?', 1)[0] ?? '/'
    const wantsPage = (request.method === 'GET' || request.method === 'HEAD') && (request.headers.accept ?? '').includes('text/html')
    if (!wantsPage || NOT_PAGES.test(path)) throw new ParleyError('not-found')
    return sendPage(request, reply)
  })
}, { name: 'web-client' })
