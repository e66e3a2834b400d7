/**
 * The door of the relay: takes WebSockets from the HTTP server and hands them to libp2p, so that HTTP and relay share one port, a device costs
 * one descriptor, and libp2p knows the device's own address.
 *
 * Flow: HTTP upgrade → path, origin, limits of the address → WebSocket → Noise and Yamux (libp2p) → hello → `admitted`.
 *
 * RULE: strangers with many addresses keep nobody out. Sockets without a passport have a bound of their own in all, and when it is reached, or the
 * node holds all it can, the address with the most of them loses its oldest one to the newcomer. A device with a passport loses nothing.
 *
 * @example
 * const sockets = createSockets({ limiter, clientAddress, mayConnectFrom, lookEveryMs })
 * const libp2p = await createLibp2p({ transports: [sockets.transport], … })
 * const stopServing = sockets.serve(httpServer)
 * sockets.admitted(connection)   // it has shown a passport: frees its place among those that have not
 */
import type { Connection } from '@libp2p/interface'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import { createCrowd } from '../limits/crowd.ts'
import type { HeldName, Limiter } from '../limits/index.ts'
import { toRemoteAddr } from './address-of.ts'
import { refuseUpgrade, type Refusal } from './refuse-upgrade.ts'
import type { SocketConnection } from './socket-connection.ts'
import { createSocketTransport, type Accept, type SocketTransport } from './socket-transport.ts'

/** What clients dial: a multiaddr of a WebSocket has no path. */
const PATH = '/'
/** When no place is free. A handshake takes well under a second, so a place is free again soon. */
const HELD_RETRY_AFTER_S = 5
/**
 * A socket is given up at the look after this many without a byte. Looks are counted, not time: after a sleep of the node itself, everyone has
 * been silent for long, but for one look only.
 */
const SILENT_LOOKS_MAX = 3

export interface SocketsOptions {
  limiter: Limiter
  /** The address a request comes from, past trusted proxies. */
  clientAddress: (request: IncomingMessage) => string
  /** Whether pages of an origin may open a socket. Programs that are no browser send no origin. */
  mayConnectFrom: (origin: string) => boolean
  /** How often sockets are looked at. Each device that lives has to send something within this time. */
  lookEveryMs: number
}

export interface Sockets {
  readonly transport: SocketTransport
  /** Takes the upgrades of an HTTP server. Returns what stops that. */
  serve(server: Server): () => void
  /** Counts a connection no longer among those that have shown no passport. Idempotent. */
  admitted(connection: Pick<Connection, 'timeline'>): void
}

interface OpenSocket {
  websocket: WebSocket
  connection: SocketConnection
  silentLooks: number
  /** What is counted until a passport was shown. */
  guest: { bytesLeft: number, release: () => void } | null
}

/** Places of one socket. Both functions are idempotent. */
interface Places {
  release: () => void
  releasePending: () => void
  /** Ends the socket to make room for a newcomer. */
  giveWay: () => void
}

export function createSockets ({ limiter, clientAddress, mayConnectFrom, lookEveryMs }: SocketsOptions): Sockets {
  const server = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: limiter.max('websocket-frame') })
  const open = new Set<OpenSocket>()
  // The one public object that a connection of libp2p shares with the socket below it.
  const byTimeline = new WeakMap<object, OpenSocket>()
  const pending = createCrowd<Places>()
  let total = 0
  let accept: Accept | null = null

  const makeRoom = (limit: HeldName): boolean => {
    const surplus = pending.ofMost('oldest')
    if (surplus === null) return false
    limiter.refuse(limit)
    // At once: the socket below takes a turn of the event loop to close.
    surplus.release()
    surplus.giveWay()
    return true
  }

  const holdPlaces = (address: string): Places | HeldName => {
    const held: (() => void)[] = []
    const release = (): void => { for (const free of held.splice(0)) free() }
    for (const limit of ['pending-sockets', 'sockets'] as const) {
      const free = limiter.hold(limit, address)
      if (free === null) {
        release()
        return limit
      }
      held.push(free)
    }
    if (total >= limiter.max('node-sockets') && !makeRoom('node-sockets')) {
      release()
      limiter.refuse('node-sockets')
      return 'node-sockets'
    }
    total++
    held.push(() => { total-- })
    if (pending.size >= limiter.max('node-pending-sockets')) makeRoom('node-pending-sockets')
    const releasePending = (): void => {
      releasePendingOfAddress?.()
      pending.delete(places)
    }
    const [releasePendingOfAddress] = held
    const places: Places = { release, releasePending, giveWay: () => {} }
    held.push(() => pending.delete(places))
    pending.add(places, address)
    return places
  }

  const decide = (request: IncomingMessage, address: string): Places | Refusal => {
    if (request.url?.split('?', 1)[0] !== PATH) return { status: 404 }
    const { origin } = request.headers
    if (origin !== undefined && !mayConnectFrom(origin)) return { status: 403 }
    if (accept === null) return { status: 503, retryAfterS: HELD_RETRY_AFTER_S }
    if (!limiter.take('upgrades', address)) return { status: 429, retryAfterS: Math.ceil(limiter.waitMs('upgrades', address) / 1000) }
    const places = holdPlaces(address)
    if (typeof places !== 'string') return places
    return { status: places === 'node-sockets' ? 503 : 429, retryAfterS: HELD_RETRY_AFTER_S }
  }

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const address = clientAddress(request)
    const decision = decide(request, address)
    if ('status' in decision) {
      refuseUpgrade(socket, decision)
      return
    }
    // Runs also when the WebSocket handshake is none: `ws` responds with 4xx then, and ends the socket.
    socket.once('close', decision.release)
    decision.giveWay = () => socket.destroy()
    server.handleUpgrade(request, socket, head, (websocket) => {
      const remoteAddr = toRemoteAddr(address, request.socket.remotePort ?? 0)
      const connection = accept?.({ websocket, socket, remoteAddr })
      if (connection === undefined) {
        websocket.terminate()
        return
      }
      decision.giveWay = () => connection.abort(new Error('others have fewer sockets without a passport'))
      watch({ websocket, connection, silentLooks: 0, guest: { bytesLeft: limiter.max('guest-bytes') - head.length, release: decision.releasePending } }, socket)
    })
  }

  const watch = (opened: OpenSocket, socket: Duplex): void => {
    open.add(opened)
    byTimeline.set(opened.connection.timeline, opened)
    opened.websocket.on('close', () => { open.delete(opened) })
    socket.on('data', (chunk: Buffer) => {
      opened.silentLooks = 0
      if (opened.guest === null || (opened.guest.bytesLeft -= chunk.length) >= 0) return
      limiter.refuse('guest-bytes')
      opened.connection.abort(new Error('too many bytes before a passport'))
    })
  }

  const look = (): void => {
    for (const opened of open) {
      // What the node itself does not read says nothing about the device.
      if (opened.websocket.isPaused) continue
      if (++opened.silentLooks > SILENT_LOOKS_MAX) opened.connection.abort(new Error('the device has fallen silent'))
    }
  }

  return {
    transport: createSocketTransport({
      onListening (started) {
        accept = started
        const looking = setInterval(look, lookEveryMs).unref()
        return () => {
          accept = null
          clearInterval(looking)
          for (const { connection } of open) connection.abort(new Error('the node stops'))
        }
      }
    }),
    serve (httpServer) {
      httpServer.on('upgrade', onUpgrade)
      return () => { httpServer.off('upgrade', onUpgrade) }
    },
    admitted ({ timeline }) {
      const opened = byTimeline.get(timeline)
      opened?.guest?.release()
      if (opened !== undefined) opened.guest = null
    }
  }
}
