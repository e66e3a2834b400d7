/**
 * Bounds the TCP connections that carry HTTP, before they say anything: those of each address, and those of all together. When all are too many, the
 * address that holds the most loses its newest one, so that others always get in. A connection that becomes a WebSocket is no longer counted
 * here: `relay/sockets.ts` bounds those.
 *
 * Connections of a trusted proxy carry everyone. They are not counted for an address, since the proxy bounds its own; among all they count for the
 * visitor whose request they carried last.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import proxyAddr from '@fastify/proxy-addr'
import { createClientAddress } from '../client-address.ts'
import { createCrowd } from '../limits/crowd.ts'
import type { Limiter } from '../limits/index.ts'
import { refuseUpgrade } from '../relay/refuse-upgrade.ts'

/** Proxies keep connections for their next visitor, and not all of them heed how long the node says that it waits. */
const PROXY_IDLE_MS = 72_000
const STARTED_AFTER_S = 2

export function boundConnections (server: Server, { limiter, trustedProxies }: { limiter: Limiter, trustedProxies: string[] }): void {
  const isTrusted = proxyAddr.compile(trustedProxies)
  const clientAddress = createClientAddress(trustedProxies)
  const crowd = createCrowd<Socket>()
  const releases = new WeakMap<Socket, () => void>()
  const leave = (socket: Socket): void => {
    crowd.delete(socket)
    releases.get(socket)?.()
  }

  // First of all listeners: a refused connection gets no parser.
  server.prependListener('connection', (socket: Socket) => {
    const address = socket.remoteAddress
    // It has ended already.
    if (address === undefined) return
    if (!isTrusted(address, 0)) {
      const release = limiter.hold('connections', address)
      if (release === null) {
        socket.destroy()
        return
      }
      releases.set(socket, release)
    }
    socket.once('close', () => leave(socket))
    crowd.add(socket, address)
    if (crowd.size <= limiter.max('node-connections')) return
    const surplus = crowd.ofMost('newest')
    if (surplus === null) return
    limiter.refuse('node-connections')
    leave(surplus)
    surplus.destroy()
  })

  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    const mayTake = setTimeout(() => {
      limiter.refuse('response-time')
      socket.destroy()
    }, limiter.max('response-time')).unref()
    response.once('close', () => clearTimeout(mayTake))
    if (socket.destroyed || socket.remoteAddress === undefined || !isTrusted(socket.remoteAddress, 0)) return
    crowd.add(socket, clientAddress(request))
    // After Node has set its own time for the next request.
    response.once('finish', () => { if (!socket.destroyed) socket.setTimeout(PROXY_IDLE_MS) })
  })

  server.prependListener('upgrade', (request: IncomingMessage, socket: Duplex) => {
    leave(request.socket)
    // Only this one listens: the relay has not started.
    if (server.listenerCount('upgrade') === 1) refuseUpgrade(socket, { status: 503, retryAfterS: STARTED_AFTER_S })
  })
}
