/** A libp2p transport that listens for nothing itself: WebSockets are handed to it by `sockets.ts`, which took them from the HTTP server. */
import { serviceCapabilities, transportSymbol, TypedEventEmitter } from '@libp2p/interface'
import type { ComponentLogger, CreateListenerOptions, Listener, ListenerEvents, Transport, Upgrader } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import { SocketConnection, type SocketConnectionInit } from './socket-connection.ts'

/** Makes a connection of a WebSocket and lets libp2p negotiate Noise and Yamux over it. Whatever fails in that ends the socket. */
export type Accept = (init: Omit<SocketConnectionInit, 'log'>) => SocketConnection

export interface SocketTransportOptions {
  /** libp2p is ready for connections. Returns what runs when it is no longer. */
  onListening: (accept: Accept) => () => void
}

export type SocketTransport = (components: { logger: ComponentLogger }) => Transport

export function createSocketTransport ({ onListening }: SocketTransportOptions): SocketTransport {
  return ({ logger }) => {
    const transport: Transport & Record<typeof serviceCapabilities, string[]> = {
      [transportSymbol]: true,
      [Symbol.toStringTag]: 'parley-sockets',
      [serviceCapabilities]: ['@libp2p/transport'],
      dial: () => Promise.reject(new Error('the node dials nobody')),
      createListener: ({ upgrader }: CreateListenerOptions) => new SocketListener(upgrader, logger, onListening),
      listenFilter: (addresses) => addresses,
      dialFilter: () => []
    }
    return transport
  }
}

class SocketListener extends TypedEventEmitter<ListenerEvents> implements Listener {
  readonly #upgrader: Upgrader
  readonly #logger: ComponentLogger
  readonly #onListening: SocketTransportOptions['onListening']
  readonly #closed = new AbortController()
  #addresses: Multiaddr[] = []
  #end = (): void => {}

  constructor (upgrader: Upgrader, logger: ComponentLogger, onListening: SocketTransportOptions['onListening']) {
    super()
    this.#upgrader = upgrader
    this.#logger = logger
    this.#onListening = onListening
  }

  listen (address: Multiaddr): Promise<void> {
    this.#addresses = [address]
    this.#end = this.#onListening((init) => this.#accept(init))
    this.safeDispatchEvent('listening')
    return Promise.resolve()
  }

  getAddrs (): Multiaddr[] {
    return this.#addresses
  }

  updateAnnounceAddrs (): void {}

  close (): Promise<void> {
    this.#addresses = []
    this.#end()
    this.#closed.abort()
    this.safeDispatchEvent('close')
    return Promise.resolve()
  }

  #accept (init: Omit<SocketConnectionInit, 'log'>): SocketConnection {
    const connection = new SocketConnection({ ...init, log: this.#logger.forComponent('parley:socket') })
    this.#upgrader.upgradeInbound(connection, { signal: this.#closed.signal })
      .catch((error: unknown) => connection.abort(error instanceof Error ? error : new Error('no handshake')))
    return connection
  }
}
