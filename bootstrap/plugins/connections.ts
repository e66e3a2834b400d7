/**
 * Bounds the TCP connections of an address, whatever they carry and before they say anything. Those of a trusted proxy carry everyone and are
 * not counted: the proxy bounds its own.
 */
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import proxyAddr from '@fastify/proxy-addr'
import type { Limiter } from '../limits/index.ts'

export function boundConnections (server: Server, { limiter, trustedProxies }: { limiter: Limiter, trustedProxies: string[] }): void {
  const isTrusted = proxyAddr.compile(trustedProxies)
  // First of all listeners: a refused connection gets no parser.
  server.prependListener('connection', (socket: Socket) => {
    const address = socket.remoteAddress
    // Undefined when it has ended already.
    if (address === undefined || isTrusted(address, 0)) return
    const release = limiter.hold('connections', address)
    if (release === null) socket.destroy()
    else socket.once('close', release)
  })
}
