import type { Stream } from '@libp2p/interface'
import { Uint8ArrayList } from 'uint8arraylist'
import { FRAME_MAX_BYTES } from '../limits.ts'
import { WireError } from './cbor.ts'
import type { FrameStream } from './frame-stream.ts'

export interface FrameStreamOptions {
  /** Longest frame in either direction, without its prefix. */
  maxFrameBytes?: number
  /** How long `send` waits for room before the stream counts as dead. */
  sendTimeoutMs?: number
}

/** A frame of the greatest length must fit through the slowest link we support (64 kB at 64 kbit/s: 8 s). */
const SEND_TIMEOUT_MS = 15_000
/** No frame of ours takes longer between two honest ends; sync says less where it matters, the rendezvous more. */
const RECEIVE_TIMEOUT_MS = 30_000
/** After it, a close that the other side does not answer becomes an abort. */
const CLOSE_TIMEOUT_MS = 5_000
/** Lengths up to 2^28 - 1; a longer prefix is never one of ours. */
const PREFIX_MAX_BYTES = 4

interface Waiter { resolve: (frame: Uint8Array | null) => void, reject: (reason: Error) => void }

/**
 * Frames over a libp2p stream: unsigned varint length, then that many bytes. The length is judged before anything of the frame is kept,
 * and what nobody receives is not read on: at most one frame above what libp2p itself holds waits here.
 */
export function createFrameStream (stream: Stream, options: FrameStreamOptions = {}): FrameStream {
  const { maxFrameBytes = FRAME_MAX_BYTES, sendTimeoutMs = SEND_TIMEOUT_MS } = options
  const unread = new Uint8ArrayList()
  let waiter: Waiter | null = null
  let hasEnded = stream.readableEnded
  // It may have been refused before anybody looked.
  let failure: Error | null = stream.status === 'reset' || stream.status === 'aborted' ? new Error('the stream was reset') : null

  const fail = (reason: Error): void => {
    failure ??= reason
    waiter?.reject(failure)
    waiter = null
    stream.abort(reason)
  }

  /** The next whole frame, or undefined when more bytes are needed. @throws {WireError} */
  const takeFrame = (): Uint8Array | undefined => {
    const prefix = readPrefix(unread)
    if (prefix === null) return undefined
    if (prefix.length > maxFrameBytes) throw new WireError('frame-too-long')
    const end = prefix.bytes + prefix.length
    if (unread.byteLength < end) return undefined
    const frame = unread.slice(prefix.bytes, end)
    unread.consume(end)
    return frame
  }

  const serve = (): void => {
    if (waiter === null) return
    try {
      const frame = takeFrame()
      if (frame === undefined && !hasEnded) return
      if (frame === undefined && unread.byteLength > 0) throw new WireError('frame-cut-off')
      waiter.resolve(frame ?? null)
      waiter = null
    } catch (error) {
      fail(error as Error)
    }
  }

  stream.addEventListener('message', ({ data }) => {
    unread.append(data)
    serve()
    // Refused before it is complete: a peer that announces too much must not get it buffered.
    if (failure === null && isTooLong(unread, maxFrameBytes)) fail(new WireError('frame-too-long'))
    if (waiter === null && unread.byteLength > maxFrameBytes && stream.readStatus === 'readable') stream.pause()
  })
  stream.addEventListener('end', () => {
    // A reset ends the stream too; its 'close' comes next and says so.
    if (stream.status === 'reset' || stream.status === 'aborted') return
    hasEnded = true
    serve()
  })
  stream.addEventListener('close', ({ error }) => {
    // A close without an error is followed by 'end' once everything was read.
    if (error === undefined) return
    failure ??= error
    waiter?.reject(failure)
    waiter = null
  })

  return {
    async send (...frames) {
      if (frames.some(({ length }) => length > maxFrameBytes)) throw new WireError('frame-too-long')
      if (failure !== null) throw failure
      if (stream.writeStatus !== 'writable') throw new Error('the stream is closed')
      if (stream.send(new Uint8ArrayList(...frames.flatMap((frame) => [writePrefix(frame.length), frame])))) return
      try {
        await stream.onDrain({ signal: AbortSignal.timeout(sendTimeoutMs) })
      } catch (cause) {
        const reason = new Error('the other side does not read', { cause })
        fail(reason)
        throw reason
      }
    },
    receive ({ timeoutMs = RECEIVE_TIMEOUT_MS, signal } = {}) {
      if (waiter !== null) throw new Error('receive is already waiting')
      return new Promise<Uint8Array | null>((resolve, reject) => {
        // Frames that arrived whole before a reset are still true.
        const timer = timeoutMs === null ? undefined : setTimeout(() => fail(new WireError('timeout')), timeoutMs)
        const onAbort = (): void => fail(signal?.reason instanceof Error ? signal.reason : new Error('aborted'))
        const done = (): void => {
          clearTimeout(timer)
          signal?.removeEventListener('abort', onAbort)
        }
        waiter = {
          resolve: (frame) => { done(); resolve(frame) },
          reject: (reason) => { done(); reject(reason) }
        }
        if (signal?.aborted === true) {
          onAbort()
          return
        }
        signal?.addEventListener('abort', onAbort, { once: true })
        if (failure !== null && !hasWhole(unread, maxFrameBytes)) {
          waiter.reject(failure)
          waiter = null
          return
        }
        serve()
        try {
          if (stream.readStatus === 'paused') stream.resume()
        } catch (error) {
          // Asking for more is a write of its own, and the connection may be over.
          fail(error as Error)
        }
      })
    },
    async close () {
      try {
        await stream.close({ signal: AbortSignal.timeout(CLOSE_TIMEOUT_MS) })
      } catch (error) {
        stream.abort(error as Error)
      }
    },
    abort: fail
  }
}

function writePrefix (length: number): Uint8Array {
  const bytes = []
  let rest = length
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

/** Null while the prefix is not complete. @throws {WireError} */
function readPrefix (bytes: Uint8ArrayList): { length: number, bytes: number } | null {
  let length = 0
  for (let at = 0; at < bytes.byteLength; at++) {
    if (at === PREFIX_MAX_BYTES) throw new WireError('frame-too-long')
    const byte = bytes.get(at)
    length |= (byte & 0x7f) << (7 * at)
    if (byte < 0x80) return { length, bytes: at + 1 }
  }
  return null
}

function isTooLong (bytes: Uint8ArrayList, maxFrameBytes: number): boolean {
  try {
    return (readPrefix(bytes)?.length ?? 0) > maxFrameBytes
  } catch {
    return true
  }
}

function hasWhole (bytes: Uint8ArrayList, maxFrameBytes: number): boolean {
  if (isTooLong(bytes, maxFrameBytes)) return false
  const prefix = readPrefix(bytes)
  return prefix !== null && bytes.byteLength >= prefix.bytes + prefix.length
}
