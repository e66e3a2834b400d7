/**
 * A TCP connection to a node on which an attack writes whatever bytes it likes, after a proper WebSocket handshake or without one.
 *
 * @example
 * const raw = await openRawSocket(node.origin, { from: '127.0.0.20' })
 * raw.socket.write(frame(Uint8Array.of(1, 2, 3)))
 * await raw.closed
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface RawSocket {
  readonly socket: Socket
  /** The HTTP status of the response to the upgrade; 101 for a WebSocket, 0 when the socket ended without one. */
  readonly status: number
  readonly head: string
  /** Resolves when the node has ended the connection. */
  readonly closed: Promise<void>
}

/** A connection from an address of 127.0.0.0/8 that has sent nothing yet. */
export async function openTcp (origin: string, { from = '127.0.0.1' } = {}): Promise<Socket> {
  const { hostname, port } = new URL(origin)
  const socket = connect({ host: hostname, port: Number(port), localAddress: from, noDelay: true })
  await once(socket, 'connect')
  // A reset is one of the ways in which the node ends a connection.
  return socket.on('error', () => socket.destroy())
}

export async function openRawSocket (origin: string, { from = '127.0.0.1', path = '/', headers = [] }: {
  from?: string
  path?: string
  headers?: string[]
} = {}): Promise<RawSocket> {
  const socket = await openTcp(origin, { from })
  const closed = whenClosed(socket)
  socket.write([
    `GET ${path} HTTP/1.1`, `Host: ${new URL(origin).host}`, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==', ...headers, '', ''
  ].join('\r\n'))
  let head = ''
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      head += chunk.toString('latin1')
      if (head.includes('\r\n\r\n')) resolve()
    })
    socket.on('close', () => resolve())
  })
  return { socket, closed, head, status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0) }
}

/** Resolves when the other side has ended the connection, or this one. */
export function whenClosed (socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.on('close', () => resolve())
    socket.on('end', () => socket.destroy())
    socket.resume()
  })
}

/** One masked WebSocket frame, as a client sends it. The mask is zero. */
export function frame (payload: Uint8Array, { opcode = 2, isLast = true } = {}): Buffer {
  const { length } = payload
  const size = length < 126 ? Buffer.of(0x80 | length) : Buffer.of(0x80 | 126, length >> 8, length & 0xff)
  if (length > 0xffff) throw new RangeError('longer than two bytes can say')
  return Buffer.concat([Buffer.of((isLast ? 0x80 : 0) | opcode), size, Buffer.alloc(4), payload])
}
