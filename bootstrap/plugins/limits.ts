/**
 * Rate limits: per network address (IPv6: per /64), per e-mail and per device. In memory: one process, and a restart forgives.
 */
import rateLimit from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import { ParleyError } from '#shared/errors.ts'
import type { App } from '../http.ts'
import { isLoopback } from '../config.ts'
import type { Services } from '../services.ts'

export interface Limit { max: number, windowMs: number }

export interface Limits {
  /** Any call of `/v1`: an office of a hundred people behind one address that reloads at once. */
  address: Limit
  /** Asking for codes and trying them: the same office on its first day. */
  signInPerAddress: Limit
  /** Codes for one e-mail: with 5 attempts each, a guesser has a chance of 1 in 1,100 per day, and a mailbox is not flooded. */
  codesPerEmail: Limit
  /** Calls of one device with a passport. */
  device: Limit
  /** New names: each change is visible to everybody. */
  namesPerDevice: Limit
}

export const DEFAULT_LIMITS: Limits = {
  address: { max: 1_200, windowMs: 60_000 },
  signInPerAddress: { max: 120, windowMs: 10 * 60_000 },
  codesPerEmail: { max: 8, windowMs: 60 * 60_000 },
  device: { max: 300, windowMs: 60_000 },
  namesPerDevice: { max: 20, windowMs: 60 * 60_000 }
}

type Check = (request: FastifyRequest) => Promise<void>
type KeyedCheck = (request: FastifyRequest, key: string) => Promise<void>

declare module 'fastify' {
  interface FastifyInstance {
    /** Each rejects with `rate-limited` and `retryInMs`. */
    limits: Record<'address' | 'signInPerAddress', Check> & Record<'codesPerEmail' | 'device' | 'namesPerDevice', KeyedCheck>
  }
}

export const limits = fastifyPlugin(async (app: App, { services, limits }: { services: Services, limits: Limits }) => {
  await app.register(rateLimit, { global: false, cache: 20_000 })
  // Where codes are shown on this machine only, nobody else can come from loopback: load tests and stories may be many people at once.
  const isExempt = (request: FastifyRequest): boolean => services.mailer.inbox !== null && isLoopback(request.ip)

  const perAddress = (limit: Limit): Check => {
    const check = app.createRateLimit({ max: limit.max, timeWindow: limit.windowMs, ipv6Subnet: 64 })
    return async (request) => isExempt(request) ? undefined : refuseAbove(await check(request))
  }
  const perKey = (limit: Limit): KeyedCheck => {
    const keys = new WeakMap<FastifyRequest, string>()
    const check = app.createRateLimit({ max: limit.max, timeWindow: limit.windowMs, keyGenerator: (request) => keys.get(request) ?? '' })
    return async (request, key) => {
      keys.set(request, key)
      refuseAbove(await check(request))
    }
  }
  app.decorate('limits', {
    address: perAddress(limits.address),
    signInPerAddress: perAddress(limits.signInPerAddress),
    codesPerEmail: perKey(limits.codesPerEmail),
    device: perKey(limits.device),
    namesPerDevice: perKey(limits.namesPerDevice)
  })
}, { name: 'limits' })

function refuseAbove (result: { isAllowed: true } | { isAllowed: false, isExceeded: boolean, ttl: number }): void {
  if (!result.isAllowed && result.isExceeded) throw new ParleyError('rate-limited', { details: { retryInMs: Math.max(1, result.ttl) } })
}
