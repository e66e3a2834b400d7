/** For supervisors and load balancers: alive (`/healthz`), and able to serve (`/readyz`). */
import { sql } from 'kysely'
import * as z from 'zod/mini'
import type { App, RelayInfo } from '../http.ts'
import type { Services } from '../services.ts'

const healthSchema = z.object({ status: z.literal('ok') })
const readinessSchema = z.object({ status: z.enum(['ok', 'starting', 'failing']), database: z.boolean(), relay: z.boolean() })

export function healthRoutes (app: App, { db }: Services, relay: () => RelayInfo | null): void {
  app.get('/healthz', { schema: { tags: ['node'], response: { 200: healthSchema } } }, () => ({ status: 'ok' as const }))

  app.get('/readyz', { schema: { tags: ['node'], response: { 200: readinessSchema, 503: readinessSchema } } }, async (_request, reply) => {
    const database = await sql`select 1`.execute(db).then(() => true, () => false)
    const isRelayUp = relay() !== null
    const status = !database ? 'failing' as const : isRelayUp ? 'ok' as const : 'starting' as const
    return reply.status(status === 'ok' ? 200 : 503).header('cache-control', 'no-store').send({ status, database, relay: isRelayUp })
  })
}
