/** `GET /metrics`, for a scraper that has the token, or on a port of its own that only this machine reaches. */
import { createHash, timingSafeEqual } from 'node:crypto'
import fastify, { LogController, type FastifyBaseLogger } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { PROBLEM_TYPE } from '../errors.ts'
import type { App } from '../http.ts'
import type { Metrics } from './index.ts'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Compares digests in constant time, so that neither the length nor a right beginning of the token can be measured. */
function isBearer (header: string | undefined, token: string): boolean {
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`))
}

/** Serves the metrics; `token` null: to everyone who reaches the port. */
export function metricsRoute (app: App, metrics: Metrics, token: string | null): void {
  app.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    reply.header('cache-control', 'no-store')
    if (token !== null && !isBearer(request.headers.authorization, token)) {
      const problem = { type: 'urn:parley:error:not-allowed', title: 'This key does not open it.', status: 401, code: 'not-allowed' }
      return await reply.status(401).header('www-authenticate', 'Bearer realm="metrics"').type(PROBLEM_TYPE).send(JSON.stringify(problem))
    }
    return await reply.type(metrics.contentType).send(await metrics.text())
  })
}

/** Listens on a port of its own. Returns stop. */
export async function serveMetrics ({ metrics, host, port, token, log }: {
  metrics: Metrics
  host: string
  port: number
  token: string | null
  log: FastifyBaseLogger
}): Promise<{ port: number, stop: () => Promise<void> }> {
  const app: App = fastify({
    loggerInstance: log, logController: new LogController({ disableRequestLogging: true }), requestTimeout: 30_000, forceCloseConnections: 'idle'
  }).withTypeProvider<ZodTypeProvider>()
  metricsRoute(app, metrics, token)
  await app.listen({ host, port })
  const address = app.server.address()
  return { port: address !== null && typeof address === 'object' ? address.port : port, stop: async () => await app.close() }
}
