/**
 * `/ipfs/ping/1.0.0`, as libp2p specifies it: whatever one end sends, the other sends back. A stream serves any number
 * of pings, one after the other. The handler of libp2p ends each after ten seconds, by which every ping needs another.
 *
 * @see https://github.com/libp2p/specs/blob/master/ping/ping.md
 */
import type { Stream } from '@libp2p/interface'

export const PING_PROTOCOL = '/ipfs/ping/1.0.0'
export const PING_BYTES = 32
/**
 * On one connection, in each direction: a doubt beside the regular question opens a second one, and older clients open
 * one for each ping.
 */
export const PING_STREAMS = 8
/** Several times what a client waits between two pings. */
const PING_IDLE_MS = 60_000
const CLOSE_TIMEOUT_MS = 5000

/** Sends back what comes, until the other end closes the stream or is silent for too long. */
export function answerPings (stream: Stream, { idleMs = PING_IDLE_MS }: { idleMs?: number } = {}): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const awaitNext = (): void => {
    clearTimeout(timer)
    timer = setTimeout(() => stream.abort(new Error('no ping for too long')), idleMs)
  }
  stream.addEventListener('close', () => clearTimeout(timer))
  stream.addEventListener('end', () => {
    stream.close({ signal: AbortSignal.timeout(CLOSE_TIMEOUT_MS) })
      .catch((error: unknown) => stream.abort(error as Error))
  })
  stream.addEventListener('message', ({ data }) => {
    if (stream.writeStatus === 'closing' || stream.writeStatus === 'closed') return
    awaitNext()
    // Whoever does not read the answers is not read either: they would pile up here.
    if (!stream.send(data) && stream.readStatus === 'readable') stream.pause()
  })
  stream.addEventListener('drain', () => { if (stream.readStatus === 'paused') stream.resume() })
  if (stream.status === 'open') awaitNext()
}
