/**
 * `/parley/keys/1`: a member's device that lacks the keys of an epoch asks another one for them.
 *
 * Flow: `askForKeys` (who lacks them) ⇄ `createKeysAnswerer` (who holds them). What somebody is entitled to is decided by the room.
 *
 * @example
 *   const bundle = await askForKeys(stream, { roomTag, epochIds, signal })
 *   mesh.handle(KEYS_PROTOCOL, createKeysAnswerer({ answerOf, signal }))
 *
 * @see SPEC.md
 */
import type { DeviceKey, EpochId, RoomTag } from '#shared/ids.ts'
import { WireError } from '#shared/wire/cbor.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { decodeKeysMessage, encodeKeysMessage, type KeysMessage } from './messages.ts'

export { ASKED_EPOCHS_MAX, KEYS_FRAME_MAX_BYTES, KEYS_PROTOCOL } from './messages.ts'

const ANSWER_TIMEOUT_MS = 10_000
/** A device that lacks keys asks a few times; one that asks more often has nothing to gain by it. */
const ANSWERS_MAX = 6
const ANSWERS_WINDOW_MS = 60_000

export type KeysBundle = Omit<Extract<KeysMessage, { type: 'keys' }>, 'type'>

/** Answers null when the other device has nothing to give. @throws {WireError} when it does not follow the protocol (rejects) */
export async function askForKeys (stream: FrameStream, { roomTag, epochIds, signal }: {
  roomTag: RoomTag
  /** At most `ASKED_EPOCHS_MAX`. */
  epochIds: EpochId[]
  signal: AbortSignal
}): Promise<KeysBundle | null> {
  try {
    await stream.send(encodeKeysMessage({ type: 'ask', roomTag, epochIds }))
    const message = await next(stream, signal)
    if (message.type === 'none') return null
    if (message.type !== 'keys') throw new WireError('unexpected-keys-message')
    const { type: _, ...bundle } = message
    return bundle
  } finally {
    await stream.close()
  }
}

/** The holder's side: a handler for the mesh. It rejects with a `WireError` when the asker does not follow the protocol. */
export function createKeysAnswerer ({ answerOf, signal, now = Date.now }: {
  /** What to give to this device, or null. */
  answerOf: (roomTag: RoomTag, epochIds: readonly EpochId[], asker: DeviceKey) => Promise<KeysBundle | null>
  signal: AbortSignal
  now?: () => number
}): (stream: FrameStream, asker: DeviceKey) => Promise<void> {
  const answered = new Map<DeviceKey, number[]>()
  const mayAsk = (asker: DeviceKey): boolean => {
    const since = now() - ANSWERS_WINDOW_MS
    for (const [device, times] of answered) if (times.every((at) => at <= since)) answered.delete(device)
    const recent = (answered.get(asker) ?? []).filter((at) => at > since)
    if (recent.length >= ANSWERS_MAX) return false
    answered.set(asker, [...recent, now()])
    return true
  }
  return async (stream, asker) => {
    try {
      const message = await next(stream, signal)
      if (message.type !== 'ask') throw new WireError('unexpected-keys-message')
      const bundle = mayAsk(asker) ? await answerOf(message.roomTag, message.epochIds, asker) : null
      await stream.send(encodeKeysMessage(bundle === null ? { type: 'none' } : { type: 'keys', ...bundle }))
    } finally {
      await stream.close()
    }
  }
}

async function next (stream: FrameStream, signal: AbortSignal): Promise<KeysMessage> {
  const frame = await stream.receive({ timeoutMs: ANSWER_TIMEOUT_MS, signal })
  if (frame === null) throw new WireError('keys-ended-early')
  return decodeKeysMessage(frame)
}
