/** A stream between two ends over a line that delays, stalls and breaks. In order and without loss while it holds, like any stream. */
import { FRAME_MAX_BYTES } from '#shared/limits.ts'
import { WireError } from '#shared/wire/cbor.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'

export interface Line {
  /** How long the next frame takes, in ms. */
  delayMs(): number
  /** What happens to the next frame. `stall`: it and all that follow get lost, and nobody is told. */
  fate(): 'arrives' | 'stall' | 'break'
}

interface Half {
  queue: (Uint8Array | null)[]
  wake: () => void
  closed: boolean
  lastArrival: number
}

export interface StreamPair { a: FrameStream, b: FrameStream, abort: (reason: Error) => void }

export function createStream (line: Line, maxFrameBytes = FRAME_MAX_BYTES): StreamPair {
  const half = (): Half => ({ queue: [], wake: () => {}, closed: false, lastArrival: 0 })
  const halves = { a: half(), b: half() }
  let broken: Error | null = null
  let isStalled = false

  const abort = (reason: Error): void => {
    broken ??= reason
    halves.a.wake()
    halves.b.wake()
  }
  const carry = (to: Half, frame: Uint8Array | null): void => {
    const fate = isStalled ? 'stall' : line.fate()
    if (fate === 'break') { abort(new Error('the line broke')); return }
    if (fate === 'stall') { isStalled = true; return }
    to.lastArrival = Math.max(to.lastArrival, Date.now() + line.delayMs())
    setTimeout(() => {
      to.queue.push(frame)
      to.wake()
    }, to.lastArrival - Date.now())
  }
  const check = (): void => { if (broken !== null) throw new Error('the stream is broken', { cause: broken }) }

  const end = (mine: Half, theirs: Half): FrameStream => ({
    async send (...frames) {
      await Promise.resolve()
      if (frames.some(({ length }) => length > maxFrameBytes)) throw new WireError('frame-too-long')
      check()
      if (mine.closed) throw new Error('this side is closed')
      for (const frame of frames) carry(theirs, frame.slice())
    },
    async receive ({ timeoutMs = 30_000, signal } = {}) {
      const lateAt = timeoutMs === null ? Infinity : Date.now() + timeoutMs
      const timer = timeoutMs === null ? undefined : setTimeout(() => mine.wake(), timeoutMs)
      const wake = (): void => mine.wake()
      signal?.addEventListener('abort', wake)
      try {
        for (;;) {
          signal?.throwIfAborted()
          check()
          const frame = mine.queue.shift()
          if (frame === null) mine.queue.unshift(null)
          if (frame !== undefined) return frame
          if (Date.now() >= lateAt) throw new DOMException('nothing came', 'TimeoutError')
          await new Promise<void>((resolve) => { mine.wake = resolve })
        }
      } finally {
        clearTimeout(timer)
        signal?.removeEventListener('abort', wake)
      }
    },
    close () {
      if (!mine.closed) carry(theirs, null)
      mine.closed = true
      return Promise.resolve()
    },
    abort
  })
  return { a: end(halves.a, halves.b), b: end(halves.b, halves.a), abort }
}
