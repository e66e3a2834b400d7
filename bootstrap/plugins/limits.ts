/** Limits of HTTP calls, by the node's one limiter. Each check rejects with `rate-limited` and `retryInMs`. */
import type { FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { ParleyError } from '#shared/errors.ts'
import type { App } from '../http.ts'
import type { RateName } from '../limits/index.ts'
import { isLocalCaller } from '../local-caller.ts'
import type { Services } from '../services.ts'

type Check = (request: FastifyRequest) => Promise<void>
type KeyedCheck = (request: FastifyRequest, key: string) => Promise<void>

declare module 'fastify' {
  interface FastifyInstance {
    limits: Record<'address' | 'signInPerAddress', Check> & Record<'device' | 'namesPerDevice', KeyedCheck>
  }
}

export const limits = fastifyPlugin((app: App, { limiter, mailer }: Services, done) => {
  const take = (limit: RateName, key: string): void => {
    if (limiter.take(limit, key)) return
    throw new ParleyError('rate-limited', { details: { retryInMs: Math.max(1, limiter.waitMs(limit, key)) } })
  }
  const perAddress = (limit: RateName): Check => async (request) => {
    // Where codes are shown on this machine only, load tests and stories may be many people at once.
    if (mailer.inbox === null || !isLocalCaller(request)) take(limit, request.ip)
    return Promise.resolve()
  }
  const perKey = (limit: RateName): KeyedCheck => async (_request, key) => {
    take(limit, key)
    return Promise.resolve()
  }
  app.decorate('limits', {
    address: perAddress('http-calls'),
    signInPerAddress: perAddress('sign-in-calls'),
    device: perKey('device-calls'),
    namesPerDevice: perKey('name-changes')
  })
  done()
}, { name: 'limits' })
