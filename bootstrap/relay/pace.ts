/**
 * Reads a stream more slowly than its sender would like, instead of dropping what it sends: what is not read fills the window that Yamux
 * gave the sender, and then the sender waits.
 */
import type { Stream } from '@libp2p/interface'
import type { DeviceKey } from '#shared/ids.ts'
import type { Uint8ArrayList } from 'uint8arraylist'
import type { Limiter, RateName } from '../limits/index.ts'
import type { HeldShare } from './held-bytes.ts'
import { PackedList } from './packed-list.ts'

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

/** A sender above its rate waits until so many pieces may go on: the node need not wake up for each. */
const PIECES_AT_ONCE = 10
/** So many pieces are handed on in one turn of the event loop. Each is judged and sent on, and a burst must not keep others waiting. */
const PIECES_PER_TURN = 8

/**
 * Hands on what was read from a stream no faster than a device's budget lets it, and holds the stream meanwhile. It
 * takes nothing from the budget: whoever is handed a piece does, when it is known what is in there. What waits here was
 * on its way when the stream was held, a window at most, and goes with the stream.
 */
export async function * whenAffordable<Piece> (
  pieces: AsyncIterable<Piece>, stream: Stream, brake: Brake,
  { limiter, limit, device }: { limiter: Limiter, limit: RateName, device: DeviceKey }
): AsyncGenerator<Piece> {
  const source = pieces[Symbol.asyncIterator]()
  let isHeld = false, handedOn = 0
  try {
    for (;;) {
      if (handedOn === PIECES_PER_TURN) {
        handedOn = 0
        await nextTurn()
      }
      const next = source.next()
      // Only when all of it was handed on: or else the stream would bring another window each time.
      if (isHeld && !await isAtHand(next)) {
        isHeld = false
        brake.release(limit)
      }
      const result = await next
      if (result.done === true) return
      while (limiter.waitMs(limit, device) > 0) {
        if (!isHeld) limiter.refuse(limit)
        isHeld = true
        brake.hold(limit)
        const waitMs = limiter.waitMs(limit, device, PIECES_AT_ONCE)
        await new Promise((resolve) => { setTimeout(resolve, waitMs) })
        if (stream.status !== 'open') return
      }
      handedOn++
      yield result.value
    }
  } finally {
    brake.release(limit)
    await source.return?.()
  }
}

const nextTurn = async (): Promise<void> => await new Promise((resolve) => { setImmediate(resolve) })

/** Whether a piece needs nothing more to arrive from outside. */
async function isAtHand (next: Promise<unknown>): Promise<boolean> {
  return await Promise.race([next.then(() => true, () => true), nextTurn().then(() => false)])
}

/** What a piece costs besides its bytes, about: objects that stand for it. */
export const PIECE_BYTES = 512
/** What may wait for a receiver while the node holds much: enough for one that reads. */
const PRESSED_BACKLOG_BYTES = 16 * 1024
/** Into how many looks the time of a standstill is divided. */
const LOOKS = 6

/** Parts of a stream that are not in its public type; `pace.test.ts` fails when they change. */
interface StreamInside {
  onData(data: { byteLength: number }): void
  writeBuffer: Uint8ArrayList
}

/**
 * Stops reading `from` while `to` has not sent what was read: the receiver's pace becomes the sender's. What `to` holds counts too: the relay
 * gives it another piece whenever the receiver takes anything, however little. All that is held in this direction is told to `share`.
 *
 * @param options.maxBytes what may wait for the receiver
 * @param options.standstillMs `onStandstill` is called when the receiver has taken nothing of it for so long
 */
export function followReceiver (from: Stream, to: Stream, brake: Brake, { maxBytes, share, standstillMs, onStandstill }: {
  maxBytes: number, share: HeldShare, standstillMs: number, onStandstill: () => void
}): void {
  let unsent = 0
  let handedOver = 0
  let takenBefore = 0
  let looksWithout = 0
  const weigh = (): void => {
    const untaken = unsent + to.writeBufferLength
    share.count(from.readBufferLength + untaken)
    if (untaken > (share.isPressed() ? Math.min(PRESSED_BACKLOG_BYTES, maxBytes) : maxBytes)) brake.hold('backlog')
    else brake.release('backlog')
  }
  from.addEventListener('message', ({ data }) => {
    unsent += data.byteLength + PIECE_BYTES
    weigh()
  })
  // A paused stream tells nobody what it receives.
  const inside = from as Stream & StreamInside
  const onData = inside.onData.bind(inside)
  inside.onData = (data) => {
    onData(data)
    weigh()
  }
  const waiting = new PackedList()
  for (const piece of (to as Stream & StreamInside).writeBuffer) waiting.append(piece)
  ;(to as Stream & StreamInside).writeBuffer = waiting
  const send = to.send.bind(to)
  to.send = (data) => {
    unsent = Math.max(0, unsent - data.byteLength - PIECE_BYTES)
    handedOver += data.byteLength
    const canSendMore = send(data)
    waiting.pack()
    weigh()
    return canSendMore
  }
  // The stream itself sends on in a microtask, which it has queued before ours.
  to.addEventListener('drain', () => queueMicrotask(weigh))

  const looking = setInterval(() => {
    const taken = handedOver - to.writeBufferLength
    const stands = to.writeBufferLength > 0 && taken === takenBefore
    takenBefore = taken
    looksWithout = stands ? looksWithout + 1 : 0
    if (looksWithout >= LOOKS) onStandstill()
  }, standstillMs / LOOKS).unref()
  to.addEventListener('close', () => clearInterval(looking))
}
