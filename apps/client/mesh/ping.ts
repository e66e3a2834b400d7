import type { Connection, Stream } from '@libp2p/interface'
import { byteStream, type ByteStream } from '@libp2p/utils'
import { PING_BYTES, PING_PROTOCOL, PING_STREAMS } from '#shared/wire/ping.ts'

interface PingStream { stream: Stream, bytes: ByteStream<Stream> }

/**
 * A stream for each connection, while no ping is under way on it. Opening one costs both ends far more than a ping:
 * over WebRTC it takes a new data channel and another negotiation of the protocol.
 */
const kept = new WeakMap<Connection, PingStream>()

/**
 * Round trip of one connection in ms. libp2p's own ping picks any connection of a peer, so it would call a dead direct
 * link alive as long as a relayed one stands beside it.
 * @throws {Error} when there is no answer (rejects)
 */
export async function pingConnection (connection: Connection, signal: AbortSignal): Promise<number> {
  const before = kept.get(connection)
  kept.delete(connection)
  if (before !== undefined && isOpen(before.stream)) {
    try {
      return await pingOver(before, connection, signal)
    } catch (error) {
      // Otherwise the other end has ended the stream, as libp2p does after ten seconds: the connection may be well.
      if (signal.aborted) throw error
    }
  }
  const stream = await connection.newStream(PING_PROTOCOL, {
    signal, runOnLimitedConnection: true, maxOutboundStreams: PING_STREAMS
  })
  return await pingOver({ stream, bytes: byteStream(stream, { maxBufferSize: PING_BYTES }) }, connection, signal)
}

const isOpen = ({ status, writeStatus, remoteWriteStatus }: Stream): boolean =>
  status === 'open' && writeStatus === 'writable' && remoteWriteStatus === 'writable'

async function pingOver (ping: PingStream, connection: Connection, signal: AbortSignal): Promise<number> {
  const { stream, bytes } = ping
  try {
    const sent = crypto.getRandomValues(new Uint8Array(PING_BYTES))
    const sentAt = performance.now()
    await bytes.write(sent, { signal })
    const received = (await bytes.read({ bytes: PING_BYTES, signal })).subarray()
    if (!received.every((byte, at) => byte === sent[at])) throw new Error('another answer than what was sent')
    const latencyMs = Math.round((performance.now() - sentAt) * 10) / 10
    if (kept.has(connection)) await stream.close({ signal })
    else kept.set(connection, ping)
    return latencyMs
  } catch (error) {
    stream.abort(error instanceof Error ? error : new Error('no answer'))
    throw error
  }
}
