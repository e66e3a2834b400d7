/** For supervisors and load balancers: alive (`/healthz`), and able to serve (`/readyz`). */
import * as z from 'zod/mini'
import { nodeStorageSchema } from '#shared/http/index.ts'
import type { App, RelayInfo } from '../http.ts'
import type { Services } from '../services.ts'

const healthSchema = z.object({ status: z.literal('ok') })
const readinessSchema = z.object({
  status: z.enum(['ok', 'starting', 'failing']),
  /** Takes a write. */
  database: z.boolean(),
  relay: z.boolean(),
  /** With `full` the node is ready all the same: it keeps nothing new, and serves what it has. */
  disk: nodeStorageSchema,
  reason: z.optional(z.string())
})
type Readiness = z.infer<typeof readinessSchema>

/** Each look writes: strangers cannot make the node write more often than this. */
const CACHED_MS = 3000

export function healthRoutes (app: App, { clock, disk, log }: Services, relay: () => RelayInfo | null): void {
  app.get('/healthz', { schema: { tags: ['node'], response: { 200: healthSchema } } }, () => ({ status: 'ok' as const }))

  /** Does what fails first when something is wrong: a real write. */
  const canWrite = async (): Promise<boolean> => {
    try {
      await clock.record()
      return true
    } catch (error) {
      disk.judge(error)
      log.error({ err: error }, 'the database takes no writes')
      return false
    }
  }
  let looked: { at: number, database: Promise<boolean> } | null = null
  const database = async (): Promise<boolean> => {
    if (looked === null || performance.now() - looked.at > CACHED_MS) looked = { at: performance.now(), database: canWrite() }
    return await looked.database
  }

  app.get('/readyz', { schema: { tags: ['node'], response: { 200: readinessSchema, 503: readinessSchema } } }, async (_request, reply) => {
    const readiness = judge({ database: await database(), relay: relay(), disk: disk.storage() })
    return reply.status(readiness.status === 'ok' ? 200 : 503).header('cache-control', 'no-store').send(readiness)
  })
}

function judge ({ database, relay, disk }: { database: boolean, relay: RelayInfo | null, disk: Readiness['disk'] }): Readiness {
  const state = { database, relay: relay?.isListening() ?? false, disk }
  if (!database) return { status: 'failing', ...state, reason: disk === 'full' ? 'the disk is full: the database takes no writes' : 'the database takes no writes' }
  if (relay === null) return { status: 'starting', ...state, reason: 'the relay has not started' }
  return state.relay ? { status: 'ok', ...state } : { status: 'failing', ...state, reason: 'the relay does not listen' }
}
