/** Messages over a frame stream, with the watchdog of a session: whoever is silent for too long while we wait is given up. */
import { FRAME_MAX_BYTES } from '../../limits.ts'
import { WireError } from '../cbor.ts'
import type { FrameStream } from '../frame-stream.ts'
import { decodeMessageHead, encodeMessage, type SyncErrorCode, type SyncMessage } from './messages.ts'

/** Silence after which a session ends: longer than the worst relayed round trip plus a batch on a slow disk. */
export const SYNC_TIMEOUT_MS = 20_000
/** The stream's own limit, above the watchdog's: how long the other side may wait silently while our disk works. */
const STREAM_TIMEOUT_MS = 120_000

/** The other side, or this one, ended the session by a refusal. */
export class SyncRefused extends Error {
  readonly code: SyncErrorCode
  /** Who refused. */
  readonly by: 'remote' | 'local'

  constructor (code: SyncErrorCode, by: 'remote' | 'local') {
    super(`sync refused by ${by}: ${code}`)
    this.name = 'SyncRefused'
    this.code = code
    this.by = by
  }
}

/** Nothing came from the other side for `timeoutMs` although something was due. */
export class SyncTimeout extends Error {
  constructor (timeoutMs: number) {
    super(`nothing received for ${timeoutMs} ms`)
    this.name = 'SyncTimeout'
  }
}

export interface Received {
  message: ReturnType<typeof decodeMessageHead>
  /** As it came, without its prefix. */
  frame: Uint8Array
}

export interface Channel {
  /** Bytes with length prefixes. */
  readonly bytesSent: number
  readonly bytesReceived: number
  send(message: SyncMessage): Promise<void>
  /** Sends a frame that was encoded before, to know its length. */
  sendFrame(frame: Uint8Array): Promise<void>
  /** @throws {WireError} for a malformed frame, `stream-ended` when the other side has closed (rejects) */
  receive(): Promise<Received>
  /** Runs local work (disk, verification) for which the other side waits: its silence does not count meanwhile. */
  work<T>(task: () => Promise<T>): Promise<T>
  /** Refuses and closes. Never rejects. */
  refuse(code: SyncErrorCode): Promise<void>
  /** Ends the watchdog; closes, or drops the stream when there is an `error`. Idempotent, never rejects. */
  end(error?: Error): Promise<void>
}

const prefixed = (length: number): number => length + (length < 0x80 ? 1 : length < 0x4000 ? 2 : 3)

export function createChannel (stream: FrameStream, options: { signal?: AbortSignal | undefined, timeoutMs?: number | undefined }): Channel {
  const timeoutMs = options.timeoutMs ?? SYNC_TIMEOUT_MS
  const watchdog = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, watchdog.signal]) : watchdog.signal
  let bytesSent = 0, bytesReceived = 0, working = 0, ended = false
  let timer: ReturnType<typeof setTimeout>

  const touch = (): void => {
    clearTimeout(timer)
    if (ended) return
    timer = setTimeout(() => working > 0 ? touch() : watchdog.abort(new SyncTimeout(timeoutMs)), timeoutMs)
  }
  const onAbort = (): void => stream.abort(reasonOf(signal))
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  else touch()

  async function sendFrame (frame: Uint8Array): Promise<void> {
    signal.throwIfAborted()
    bytesSent += prefixed(frame.length)
    try {
      await stream.send(frame)
    } catch (error) {
      throw signal.aborted ? reasonOf(signal) : error
    }
  }

  async function receive (): Promise<Received> {
    let frame: Uint8Array | null
    try {
      frame = await stream.receive({ signal, timeoutMs: STREAM_TIMEOUT_MS + timeoutMs })
    } catch (error) {
      throw signal.aborted ? reasonOf(signal) : error
    }
    touch()
    if (frame === null) throw new WireError('stream-ended')
    bytesReceived += prefixed(frame.length)
    if (frame.length > FRAME_MAX_BYTES) throw new WireError('frame-too-long')
    return { message: decodeMessageHead(frame), frame }
  }

  async function end (error?: Error): Promise<void> {
    // RULE: what was closed is not dropped as well: a refusal that is still on its way would be lost with the stream.
    if (ended) return
    ended = true
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    if (error !== undefined) stream.abort(error)
    else await stream.close()
  }

  return {
    get bytesSent () { return bytesSent },
    get bytesReceived () { return bytesReceived },
    send: async (message) => await sendFrame(encodeMessage(message)),
    sendFrame,
    receive,
    work: async (task) => {
      working++
      try {
        return await task()
      } finally {
        working--
        touch()
      }
    },
    refuse: async (code) => {
      await sendFrame(encodeMessage({ type: 'error', code })).catch(() => undefined)
      await end()
    },
    end
  }
}

const reasonOf = (signal: AbortSignal): Error => signal.reason instanceof Error ? signal.reason : new Error('aborted', { cause: signal.reason })
