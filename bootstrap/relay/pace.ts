/**
 * Reads a stream more slowly than its sender would like, instead of dropping what it sends: what is not read fills the window that Yamux
 * gave the sender, and then the sender waits.
 */
import type { Stream } from '@libp2p/interface'
import type { DeviceKey } from '#shared/ids.ts'
import type { Limiter, RateName } from '../limits/index.ts'

/** Bytes that are taken from a budget at a time, so that a budget below one read still is one. */
const PORTION_BYTES = 64 * 1024

/** Pauses a stream while there is any reason to. */
export interface Brake {
  hold(reason: string): void
  release(reason: string): void
}

export function createBrake (stream: Stream): Brake {
  const reasons = new Set<string>()
  return {
    hold (reason) {
      reasons.add(reason)
      if (stream.status === 'open' && stream.readStatus === 'readable') stream.pause()
    },
    release (reason) {
      if (reasons.delete(reason) && reasons.size === 0 && stream.status === 'open' && stream.readStatus === 'paused') stream.resume()
    }
  }
}

/** Takes every byte that arrives on `stream` from a device's budget, and waits where there is none left. */
export function pace (stream: Stream, brake: Brake, { limiter, limit, device }: { limiter: Limiter, limit: RateName, device: DeviceKey }): void {
  let owed = 0
  let timer: NodeJS.Timeout | undefined

  const settle = (): void => {
    timer = undefined
    while (owed > 0) {
      const portion = Math.min(owed, PORTION_BYTES)
      if (!limiter.take(limit, device, portion)) {
        brake.hold(limit)
        timer = setTimeout(settle, Math.max(10, limiter.waitMs(limit, device, portion)))
        return
      }
      owed -= portion
    }
    brake.release(limit)
  }
  stream.addEventListener('message', ({ data }) => {
    owed += data.byteLength
    if (timer === undefined) settle()
  })
  stream.addEventListener('close', () => clearTimeout(timer))
}

/**
 * Stops reading `from` while `to` has not sent what was read: the receiver's pace becomes the sender's. What `to` holds counts too: the relay
 * gives it another piece whenever the receiver takes anything, however little.
 */
export function followReceiver (from: Stream, to: Stream, brake: Brake, maxBytes: number): void {
  let unsent = 0
  const weigh = (): void => {
    if (unsent + to.writeBufferLength > maxBytes) brake.hold('backlog')
    else brake.release('backlog')
  }
  from.addEventListener('message', ({ data }) => {
    unsent += data.byteLength
    weigh()
  })
  const send = to.send.bind(to)
  to.send = (data) => {
    unsent = Math.max(0, unsent - data.byteLength)
    const canSendMore = send(data)
    weigh()
    return canSendMore
  }
  // The stream itself sends on in a microtask, which it has queued before ours.
  to.addEventListener('drain', () => queueMicrotask(weigh))
}
