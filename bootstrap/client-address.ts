import type { IncomingMessage } from 'node:http'
import proxyAddr from '@fastify/proxy-addr'

/**
 * Returns a function that tells the address a request comes from: the last one in `X-Forwarded-For` that no trusted proxy stands for. Fastify
 * derives `request.ip` in the same way; WebSocket upgrades never reach it.
 */
export function createClientAddress (trustedProxies: string[]): (request: IncomingMessage) => string {
  const isTrusted = proxyAddr.compile(trustedProxies)
  return (request) => proxyAddr(request, isTrusted)
}
