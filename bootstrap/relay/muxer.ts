import type { MessageStream, StreamMuxer, StreamMuxerFactory } from '@libp2p/interface'
import { yamux } from '@libp2p/yamux'
import { PackedList } from './packed-list.ts'

/** For what is still being sent; after it the connection is cut. */
const CLOSE_TIMEOUT_MS = 1000

const FRAME_HEADER_BYTES = 12

/** Parts of Yamux that are not in its public type: without `_newStream` nobody can connect, and `raw-bytes.spec.ts` fails without the decoder. */
interface YamuxInside {
  decoder: { buffer: PackedList }
  _newStream(...options: unknown[]): StreamInside
}
interface StreamInside { readBuffer: PackedList, onData(data: unknown): void }

/**
 * Creates Yamux such that what a device announces, asks for or ends costs the node nothing:
 * - Yamux keeps a frame until it is whole, whatever length was announced. No stream takes one that is longer than its window.
 * - What is kept of a frame, or unread in a stream, takes no more memory than its bytes (`PackedList`).
 * - Yamux responds to each ping, also of a device that reads nothing: what waits for it grows in the encrypted stream, which has no limit.
 * - Yamux ends when the device says so, and leaves the socket to the device, which would hold it without being connected.
 *
 * @param options.pingEveryMs how often a device is asked for a sign of life
 * @param options.backlogMaxBytes bytes that may wait for a device that does not read
 * @param options.windowBytes bytes that a stream may receive before they are read; Yamux knows no fewer than 256 KiB
 */
export function boundedYamux ({ pingEveryMs, backlogMaxBytes, windowBytes }: {
  pingEveryMs: number, backlogMaxBytes: number, windowBytes: number
}): () => StreamMuxerFactory {
  const factory = yamux({ keepAliveInterval: pingEveryMs, streamOptions: { maxStreamWindowSize: windowBytes } })() as StreamMuxerFactory
  return () => ({
    protocol: factory.protocol,
    createStreamMuxer (stream) {
      const muxer = factory.createStreamMuxer(stream) as StreamMuxer & YamuxInside
      const unfinished = muxer.decoder.buffer = new PackedList()
      const newStream = muxer._newStream.bind(muxer)
      muxer._newStream = (...options) => packed(newStream(...options))
      // Runs after the multiplexer's own listener.
      stream.addEventListener('message', () => {
        unfinished.pack()
        if (unfinished.byteLength > windowBytes + FRAME_HEADER_BYTES) stream.abort(new Error('a frame is longer than any window'))
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

/** Packs what a stream keeps because nobody reads it. */
function packed (stream: StreamInside): StreamInside {
  const unread = stream.readBuffer = new PackedList()
  const onData = stream.onData.bind(stream)
  stream.onData = (data) => {
    onData(data)
    unread.pack()
  }
  return stream
}
