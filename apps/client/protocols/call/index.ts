/**
 * `/parley/call/1`: signalling between two devices that are in the same call. The stream says hello on both sides, then carries messages both
 * ways until one side ends it.
 *
 * Flow: `openCallStream` (who comes later) ⇄ `answerCallStream`; then `send`, and `messages` until the stream is over.
 *
 * @example
 *   const stream = await openCallStream(frames, { roomTag, media, session: null }, { signal })
 *   stream.send({ type: 'offer', round: 1, session, sdp })
 *   for await (const message of stream.messages()) handle(message)
 *
 * @see SPEC.md
 */
import type { RoomTag } from '#shared/ids.ts'
import { WireError } from '#shared/wire/cbor.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { decodeCallMessage, encodeCallMessage, type ByeReason, type CallMedia, type CallMessage } from './messages.ts'

export { CALL_FRAME_MAX_BYTES, CALL_PROTOCOL, readMedia, SESSION_BYTES, toBits, type ByeReason, type CallMedia, type CallMessage } from './messages.ts'

const HELLO_TIMEOUT_MS = 10_000
/** Of a stream that this side has ended: what the other side does not close by then is closed for it, since only so many are open at once. */
const LINGER_MS = 5000
/** An honest call sends some dozens of candidates and a description per path, and says what is switched on and off; more is a flood. */
const WINDOW_MS = 10_000
const MESSAGES_PER_WINDOW = 300

export interface CallHello { roomTag: RoomTag, media: CallMedia, session: string | null }

/** The other side does not want the call. */
export class CallRefused extends Error {
  readonly reason: ByeReason
  constructor (reason: ByeReason) {
    super(`call refused: ${reason}`)
    this.name = 'CallRefused'
    this.reason = reason
  }
}

export interface CallStream {
  /** What the other side said first. */
  readonly hello: CallHello
  /** In order; what cannot be sent any more is dropped, since the end of the stream is told by `messages`. */
  send: (message: CallMessage) => void
  /** Ends when the stream does, however long nothing is said; whoever stops listening ends it. @throws {WireError} when the other side does not follow the protocol (rejects) */
  messages(): AsyncGenerator<Exclude<CallMessage, { type: 'hello' }>>
  /** Says why, then closes. Idempotent. */
  end: (reason: ByeReason) => void
}

/**
 * The side that calls. `signal` ends the opening, `end` what is open. `onSaid` may send what follows the hello without waiting for the other side's.
 * @throws {CallRefused | WireError | Error} (rejects)
 */
export async function openCallStream (
  stream: FrameStream, mine: CallHello, { signal, onSaid }: { signal: AbortSignal, onSaid?: (send: CallStream['send']) => void }
): Promise<CallStream> {
  const out = createOutlet(stream)
  out.send({ type: 'hello', ...mine })
  onSaid?.(out.send)
  try {
    return createCallStream(stream, out, await hear(stream, signal))
  } catch (error) {
    stream.abort(error as Error)
    throw error
  }
}

/**
 * The side that is called. `accept` answers what this device says of itself, or why it is not in that call.
 * Whoever offers the stream drops it when this rejects.
 * @throws {CallRefused | WireError | Error} (rejects)
 */
export async function answerCallStream (stream: FrameStream, accept: (hello: CallHello) => CallHello | ByeReason, { signal }: { signal: AbortSignal }): Promise<CallStream> {
  const hello = await hear(stream, signal)
  const mine = accept(hello)
  if (typeof mine === 'string') {
    await stream.send(encodeCallMessage({ type: 'bye', reason: mine }))
    await stream.close()
    throw new CallRefused(mine)
  }
  const out = createOutlet(stream)
  out.send({ type: 'hello', ...mine })
  return createCallStream(stream, out, hello)
}

async function hear (stream: FrameStream, signal: AbortSignal): Promise<CallHello> {
  const frame = await stream.receive({ timeoutMs: HELLO_TIMEOUT_MS, signal })
  if (frame === null) throw new WireError('call-ended-early')
  const message = decodeCallMessage(frame)
  if (message.type === 'bye') throw new CallRefused(message.reason)
  if (message.type !== 'hello') throw new WireError('unexpected-call-message')
  const { roomTag, media, session } = message
  return { roomTag, media, session }
}

interface Outlet {
  send: (message: CallMessage) => void
  /** Null when there is nobody left to hear why. */
  end: (reason: ByeReason | null) => void
  /** The other side has closed too. */
  settle: () => void
}

/** What is said, one frame after the other. */
function createOutlet (stream: FrameStream): Outlet {
  let last: Promise<unknown> = Promise.resolve()
  let isOver = false
  const send = (message: CallMessage): void => {
    if (isOver) return
    last = last.then(async () => await stream.send(encodeCallMessage(message))).catch(() => { isOver = true })
  }
  let isEnded = false
  let lingering: ReturnType<typeof setTimeout> | undefined
  return {
    send,
    end (reason) {
      if (isEnded) return
      isEnded = true
      if (reason !== null) send({ type: 'bye', reason })
      isOver = true
      last.then(async () => await stream.close()).catch(() => undefined)
      lingering = setTimeout(() => stream.abort(new Error('the other side has not closed')), LINGER_MS)
    },
    settle: () => clearTimeout(lingering)
  }
}

/** Whatever is still said is about nothing any more. Rejects when the stream is over otherwise. */
async function untilClosed (stream: FrameStream): Promise<void> {
  while (await stream.receive({ timeoutMs: LINGER_MS }) !== null);
}

function createCallStream (stream: FrameStream, { send, end, settle }: Outlet, hello: CallHello): CallStream {
  return {
    hello, send, end,
    async * messages () {
      try {
        for (let count = 0, since = Date.now(); ; count++) {
          const frame = await stream.receive({ timeoutMs: null })
          if (frame === null) return
          if (Date.now() - since > WINDOW_MS) [count, since] = [0, Date.now()]
          if (count >= MESSAGES_PER_WINDOW) throw new WireError('call-flood')
          const message = decodeCallMessage(frame)
          if (message.type === 'hello') throw new WireError('unexpected-call-message')
          yield message
        }
      } catch (error) {
        stream.abort(error as Error)
        throw error
      } finally {
        end(null)
        untilClosed(stream).then(settle, settle)
      }
    }
  }
}
