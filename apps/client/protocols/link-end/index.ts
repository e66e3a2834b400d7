/**
 * `/parley/link-end/1`: asks the other end of a direct link whether it may end, and tells it that it ends.
 *
 * @example
 *   if (await askToEnd(stream)) closeLinkWith(device)
 *
 * @see SPEC.md
 */
import { decodeCbor, encodeCbor, readArray, readUint, WireError } from '#shared/wire/cbor.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'

export const LINK_END_PROTOCOL = '/parley/link-end/1'
export const LINK_END_FRAME_MAX_BYTES = 16

const ANSWER_TIMEOUT_MS = 5000
const TAKEN_TIMEOUT_MS = 1000
const [MAY_END, ENDS] = [0, 1]
const REASONS = ['no-room', 'hidden'] as const

export type EndReason = (typeof REASONS)[number]

/** Whether the other end agrees. @throws {WireError | Error} (rejects) */
export async function askToEnd (stream: FrameStream): Promise<boolean> {
  await stream.send(encodeCbor([MAY_END]))
  const frame = await stream.receive({ timeoutMs: ANSWER_TIMEOUT_MS })
  await stream.close()
  return frame !== null && readUint(readArray(decodeCbor(frame), 'link-end-answer', 1)[0], 'link-end-answer') === 1
}

/** Resolves when the other end has taken it, or after a second. */
export async function tellEnd (stream: FrameStream, reason: EndReason): Promise<void> {
  await stream.send(encodeCbor([ENDS, REASONS.indexOf(reason)]))
  await stream.close()
  await stream.receive({ timeoutMs: TAKEN_TIMEOUT_MS }).catch(() => null)
}

/** The other side. @throws {WireError} when the frame is neither (rejects) */
export async function answerLinkEnd (stream: FrameStream, on: {
  asked: () => boolean
  ended: (reason: EndReason) => void
}): Promise<void> {
  const frame = await stream.receive({ timeoutMs: ANSWER_TIMEOUT_MS })
  if (frame === null) throw new WireError('no-link-end')
  const [kind, reason] = readArray(decodeCbor(frame), 'link-end')
  if (kind === MAY_END) await stream.send(encodeCbor([on.asked() ? 1 : 0]))
  else if (kind === ENDS) on.ended(REASONS[readUint(reason, 'link-end-reason')] ?? 'no-room')
  else throw new WireError('unknown-link-end')
  await stream.close()
}
