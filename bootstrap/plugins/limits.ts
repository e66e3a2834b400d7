/**
 * Limits of HTTP requests, by the node's one limiter. Those of every path, unknown ones and files among them, are kept here; routes ask for the others.
 * Each check rejects with `rate-limited` and `retryInMs`.
 */
import type { FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { ParleyError } from '#shared/errors.ts'
import type { App } from '../http.ts'
import type { RateName } from '../limits/index.ts'
import { isLocalCaller } from '../local-caller.ts'
import type { Services } from '../services.ts'

/** What is in flight is over in milliseconds, if it is read. */
const IN_FLIGHT_RETRY_MS = 2000

type Check = (request: FastifyRequest) => Promise<void>
type KeyedCheck = (request: FastifyRequest, key: string) => Promise<void>

declare module 'fastify' {
  interface FastifyInstance {
    limits: Record<'address' | 'signInPerAddress', Check> & Record<'device' | 'namesPerDevice', KeyedCheck> & {
      /** Throws instead of rejecting. */
      fileBytes: (request: FastifyRequest, bytes: number) => void
    }
  }
}

export const limits = fastifyPlugin((app: App, { limiter, mailer }: Services, done) => {
  const take = (limit: RateName, key: string, cost = 1): void => {
    if (limiter.take(limit, key, cost)) return
    throw new ParleyError('rate-limited', { details: { retryInMs: Math.max(1, limiter.waitMs(limit, key, cost)) } })
  }
  const takeOfAddress = (limit: RateName, request: FastifyRequest, cost?: number): void => {
    // Where codes are shown on this machine only, load tests and stories may be many people at once.
    if (mailer.inbox === null || !isLocalCaller(request)) take(limit, request.ip, cost)
  }
  const perAddress = (limit: RateName): Check => async (request) => {
    takeOfAddress(limit, request)
    return Promise.resolve()
  }
  const perKey = (limit: RateName): KeyedCheck => async (_request, key) => {
    take(limit, key)
    return Promise.resolve()
  }
  const everyPath = perAddress('requests')
  app.addHook('onRequest', async (request, reply) => {
    await everyPath(request)
    const release = limiter.hold('requests-in-flight', request.ip)
    if (release === null) throw new ParleyError('rate-limited', { details: { retryInMs: IN_FLIGHT_RETRY_MS } })
    reply.raw.once('finish', release).once('close', release)
  })
  // RULE: nothing is waited for that nobody takes: a body for an unknown path would hold the connection for as long as a request may.
  app.addHook('onRequest', async ({ is404, raw: { headers } }, reply) => {
    if (!is404 || (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined)) return Promise.resolve()
    reply.header('connection', 'close')
    throw new ParleyError('not-found')
  })
  app.decorate('limits', {
    fileBytes: (request, bytes) => takeOfAddress('file-bytes', request, bytes),
    address: perAddress('http-calls'),
    signInPerAddress: perAddress('sign-in-calls'),
    device: perKey('device-calls'),
    namesPerDevice: perKey('name-changes')
  })
  done()
}, { name: 'limits' })
