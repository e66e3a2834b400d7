/** One WebSocket of a device as libp2p sees it. */
import type { Logger } from '@libp2p/interface'
import { AbstractMultiaddrConnection } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Uint8ArrayList } from 'uint8arraylist'

/** Above this, streams wait until the socket has drained: what a link of 100 Mbit/s carries in 80 ms. */
const BUFFERED_MAX_BYTES = 1024 * 1024
/** Of a message that fills half of what is read from a socket at once, or more, little else is kept. */
const COPIED_BELOW_BYTES = 32 * 1024
/** For the closing handshake: longer than a round trip, and short enough that nobody holds a descriptor by not answering. */
const CLOSE_TIMEOUT_MS = 2000

export interface SocketConnectionInit {
  websocket: WebSocket
  /** The TCP socket below it. */
  socket: Duplex
  remoteAddr: Multiaddr
  log: Logger
}

/**
 * RULE: ending the connection ends the TCP socket. A connection that libp2p has given up while its socket stays open is counted by nobody and
 * holds a descriptor.
 */
export class SocketConnection extends AbstractMultiaddrConnection {
  readonly #websocket: WebSocket

  constructor ({ websocket, socket, remoteAddr, log }: SocketConnectionInit) {
    super({ remoteAddr, log, direction: 'inbound' })
    this.#websocket = websocket
    // Without a listener, any violation of RFC 6455 would end the process.
    websocket.on('error', (error) => this.abort(error))
    websocket.on('close', (code) => this.#onClosed(code))
    websocket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) this.abort(new Error('a text frame'))
      // A plain array: libp2p copies by `slice`, which copies nothing of a Buffer. A small one is a copy: an incomplete packet is kept, and would
      // keep all that was read from the socket with it.
      else this.onData(data.byteLength < COPIED_BELOW_BYTES ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    })
    socket.on('drain', () => this.safeDispatchEvent('drain'))
  }

  #onClosed (code: number): void {
    if (this.status !== 'open' && this.status !== 'closing') return
    // 1006 stands for a socket that ended without the closing handshake.
    if (code === 1006) this.onRemoteReset()
    else this.onTransportClosed()
  }

  override sendData (data: Uint8ArrayList): { sentBytes: number, canSendMore: boolean } {
    // RULE: one message for what is written together: each costs far more than copying it (docs/adr/0009).
    this.#websocket.send(data.subarray())
    return { sentBytes: data.byteLength, canSendMore: this.#websocket.bufferedAmount < BUFFERED_MAX_BYTES }
  }

  override sendReset (): void {
    this.#websocket.terminate()
  }

  override sendClose (): Promise<void> {
    const timer = setTimeout(() => this.#websocket.terminate(), CLOSE_TIMEOUT_MS)
    this.#websocket.once('close', () => clearTimeout(timer))
    this.#websocket.close()
    return Promise.resolve()
  }

  override sendPause (): void {
    this.#websocket.pause()
  }

  override sendResume (): void {
    this.#websocket.resume()
  }
}
