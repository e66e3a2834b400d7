import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

export interface Refusal {
  status: 403 | 404 | 429 | 503
  retryAfterS?: number
}

/** Responds to an upgrade request with a status and ends the socket. After the `upgrade` event nobody else listens for its errors. */
export function refuseUpgrade (socket: Duplex, { status, retryAfterS }: Refusal): void {
  socket.on('error', () => socket.destroy())
  socket.once('finish', () => socket.destroy())
  socket.end([
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    ...(retryAfterS === undefined ? [] : [`Retry-After: ${retryAfterS}`]),
    'Connection: close',
    'Content-Length: 0'
  ].join('\r\n').concat('\r\n\r\n'))
}
