import type { Connection } from '@libp2p/interface'
import { PING_PROTOCOL } from '@libp2p/ping'
import { byteStream } from '@libp2p/utils'

const PING_BYTES = 32
/** Also the node and peers ping each other; libp2p's limit of one would make a slow ping fail the next. */
export const PING_STREAMS = 8

/**
 * Round trip of one connection in ms. libp2p's own ping picks any connection of a peer, so it would call a dead direct link alive as long
 * as a relayed one stands beside it. @throws {Error} when there is no answer (rejects)
 */
export async function pingConnection (connection: Connection, signal: AbortSignal): Promise<number> {
  const stream = await connection.newStream(PING_PROTOCOL, { signal, runOnLimitedConnection: true, maxOutboundStreams: PING_STREAMS })
  try {
    const bytes = byteStream(stream)
    const sentAt = performance.now()
    await bytes.write(crypto.getRandomValues(new Uint8Array(PING_BYTES)), { signal })
    await bytes.read({ bytes: PING_BYTES, signal })
    const latencyMs = Math.round((performance.now() - sentAt) * 10) / 10
    await stream.close({ signal })
    return latencyMs
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error('no answer'))
    throw error
  }
}
