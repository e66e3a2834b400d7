import type { MessageStream, StreamMuxer, StreamMuxerFactory } from '@libp2p/interface'
import { yamux } from '@libp2p/yamux'
import { STREAM_WINDOW_MAX_BYTES } from '#shared/limits.ts'

/** For what is still being sent; after it the connection is cut. */
const CLOSE_TIMEOUT_MS = 1000

/** A part of Yamux that is not in its public type; `raw-bytes.spec.ts` fails when it changes. */
interface YamuxInside { decoder: { buffer: { byteLength: number } } }

/**
 * Creates Yamux such that what a device announces, asks for or ends costs the node nothing:
 * - Yamux keeps a frame until it is whole, whatever length was announced. No stream takes one that is longer than its window.
 * - Yamux responds to each ping, also of a device that reads nothing: what waits for it grows in the encrypted stream, which has no limit.
 * - Yamux ends when the device says so, and leaves the socket to the device, which would hold it without being connected.
 *
 * @param options.pingEveryMs how often a device is asked for a sign of life
 * @param options.backlogMaxBytes bytes that may wait for a device that does not read
 */
export function boundedYamux ({ pingEveryMs, backlogMaxBytes }: { pingEveryMs: number, backlogMaxBytes: number }): () => StreamMuxerFactory {
  const factory = yamux({ keepAliveInterval: pingEveryMs, streamOptions: { maxStreamWindowSize: STREAM_WINDOW_MAX_BYTES } })() as StreamMuxerFactory
  return () => ({
    protocol: factory.protocol,
    createStreamMuxer (stream) {
      const muxer = factory.createStreamMuxer(stream) as StreamMuxer & YamuxInside
      // Runs after the multiplexer's own listener.
      stream.addEventListener('message', () => {
        if (muxer.decoder.buffer.byteLength > STREAM_WINDOW_MAX_BYTES) stream.abort(new Error('a frame is longer than any window'))
        if (stream.writeBufferLength > backlogMaxBytes) stream.abort(new Error('the device reads too little'))
        if (muxer.status !== 'open' && stream.status === 'open') close(stream)
      })
      return muxer
    }
  })
}

function close (stream: MessageStream): void {
  stream.close({ signal: AbortSignal.timeout(CLOSE_TIMEOUT_MS) })
    .catch((error: unknown) => stream.abort(error instanceof Error ? error : new Error('not closed in time')))
}
