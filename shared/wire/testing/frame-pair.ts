/** Two ends of a stream in memory, with what a real one does: limits, back-pressure of a bounded buffer, closing half and aborting. */
import { FRAME_MAX_BYTES } from '../../limits.ts'
import { WireError } from '../cbor.ts'
import type { FrameStream } from '../frame-stream.ts'

export interface FramePairOptions {
  maxFrameBytes?: number
  /** Unread bytes in one direction above which `send` waits. Default 256 KiB. */
  bufferBytes?: number
  /** Called for each frame that is sent; may hold it up, or fail to break the stream. */
  onFrame?: (frame: Uint8Array, from: 'a' | 'b') => Promise<void> | void
}

export interface FramePair {
  a: FrameStream
  b: FrameStream
  /** Greatest number of unread bytes so far, by who had sent them. */
  peakUnreadBytes: { a: number, b: number }
}

interface Lane {
  queue: Uint8Array[]
  bytes: number
  closed: boolean
  changed: PromiseWithResolvers<undefined>
}

export function createFramePair ({ maxFrameBytes = FRAME_MAX_BYTES, bufferBytes = 256 * 1024, onFrame }: FramePairOptions = {}): FramePair {
  const lane = (): Lane => ({ queue: [], bytes: 0, closed: false, changed: Promise.withResolvers() })
  const lanes = { a: lane(), b: lane() }
  const peakUnreadBytes = { a: 0, b: 0 }
  let broken: Error | null = null

  const change = (of: Lane): void => {
    of.changed.resolve(undefined)
    of.changed = Promise.withResolvers()
  }
  const abort = (reason: Error): void => {
    broken ??= reason
    change(lanes.a)
    change(lanes.b)
  }
  const check = (): void => {
    if (broken !== null) throw new Error('the stream is broken', { cause: broken })
  }

  function end (name: 'a' | 'b'): FrameStream {
    const out = lanes[name], into = lanes[name === 'a' ? 'b' : 'a']
    return {
      async send (...frames) {
        if (frames.some(({ length }) => length > maxFrameBytes)) throw new WireError('frame-too-long')
        check()
        for (const frame of frames) {
          await onFrame?.(frame, name)
          check()
          if (out.closed) throw new Error('this side is closed')
          out.queue.push(frame.slice())
          out.bytes += frame.length
          peakUnreadBytes[name] = Math.max(peakUnreadBytes[name], out.bytes)
          change(out)
        }
        while (out.bytes > bufferBytes && broken === null) await out.changed.promise
        check()
      },
      async receive ({ timeoutMs = 30_000, signal } = {}) {
        const stop = AbortSignal.any([...signal === undefined ? [] : [signal], ...timeoutMs === null ? [] : [AbortSignal.timeout(timeoutMs)]])
        const wake = (): void => change(into)
        stop.addEventListener('abort', wake)
        try {
          for (;;) {
            stop.throwIfAborted()
            check()
            const frame = into.queue.shift()
            if (frame !== undefined) {
              into.bytes -= frame.length
              change(into)
              return frame
            }
            if (into.closed) return null
            await into.changed.promise
          }
        } finally {
          stop.removeEventListener('abort', wake)
        }
      },
      close () {
        out.closed = true
        change(out)
        return Promise.resolve()
      },
      abort
    }
  }
  return { a: end('a'), b: end('b'), peakUnreadBytes }
}
