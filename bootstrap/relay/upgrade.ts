/**
 * One public port for HTTP and the relay: WebSocket upgrades that arrive at the HTTP server are handed, byte for byte, to libp2p's own
 * listener on loopback. libp2p's WebSocket transport brings its own HTTP server and takes none.
 */
import type { IncomingMessage, Server } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'

/** @returns stop handing over */
export function handOverUpgrades (server: Server, port: () => number | null): () => void {
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const target = port()
    if (target === null) {
      socket.destroy()
      return
    }
    const upstream = connect(target, '127.0.0.1')
    upstream.on('connect', () => {
      upstream.write(requestHead(request))
      upstream.write(head)
      upstream.pipe(socket).pipe(upstream)
    })
    const end = (): void => {
      upstream.destroy()
      socket.destroy()
    }
    upstream.on('error', end).on('close', end)
    socket.on('error', end).on('close', end)
  }
  server.on('upgrade', onUpgrade)
  return () => { server.off('upgrade', onUpgrade) }
}

function requestHead (request: IncomingMessage): string {
  const lines = [`${request.method ?? 'GET'} ${request.url ?? '/'} HTTP/1.1`]
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) lines.push(`${request.rawHeaders[i] ?? ''}: ${request.rawHeaders[i + 1] ?? ''}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}
