/**
 * `/parley/device/1`: a device of somebody who is a member already asks another member to write it into the room.
 *
 * @example
 *   await askToEnter(stream, { roomTag, member, signal })
 *   mesh.handle(DEVICE_PROTOCOL, (stream, remote) => answerDevice(stream, remote, { admit, signal }))
 *
 * @see SPEC.md
 */
import { isErrorCode, ParleyError, type ErrorCode } from '#shared/errors.ts'
import { fromHex, toHex, type DeviceKey, type RoomTag } from '#shared/ids.ts'
import { SHOWN_RECORD_MAX_BYTES } from '#shared/limits.ts'
import { decodeCbor, encodeCbor, readArray, readBytes, WireError } from '#shared/wire/cbor.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'

export const DEVICE_PROTOCOL = '/parley/device/1'
const VERSION = 1
const ENTER = 0, ENTERED = 1, REFUSED = 2
/** A member writes to its database before it answers. */
const ANSWER_TIMEOUT_MS = 15_000

/**
 * @param request.member a shown record, CBOR, read by the room
 * @throws {ParleyError} the code the member refused with (rejects) @throws {WireError} (rejects)
 */
export async function askToEnter (stream: FrameStream, { roomTag, member, signal }: {
  roomTag: RoomTag, member: Uint8Array<ArrayBuffer>, signal: AbortSignal
}): Promise<void> {
  try {
    await stream.send(encodeCbor([ENTER, VERSION, fromHex(roomTag), member]))
    const fields = await next(stream, signal)
    if (fields[0] === REFUSED) throw new ParleyError(isErrorCode(fields[1]) ? fields[1] : 'not-allowed')
    if (fields[0] !== ENTERED) throw new WireError('unexpected-device-message')
  } finally {
    await stream.close()
  }
}

/** The member's side. @throws {WireError} when the device does not follow the protocol (rejects) */
export async function answerDevice (stream: FrameStream, remote: DeviceKey, { admit, signal }: {
  /** Null when the device is in now. */
  admit: (roomTag: RoomTag, member: Uint8Array<ArrayBuffer>, device: DeviceKey) => Promise<ErrorCode | null>
  signal: AbortSignal
}): Promise<void> {
  try {
    const [type, version, tag, member] = readArray(await next(stream, signal), 'device-enter', 4)
    if (type !== ENTER || version !== VERSION) throw new WireError('unexpected-device-message')
    const roomTag = toHex(readBytes(tag, 'room-tag', 16)) as RoomTag
    const refusal = await admit(roomTag, readBytes(member, 'member', undefined, SHOWN_RECORD_MAX_BYTES), remote)
    await stream.send(refusal === null ? encodeCbor([ENTERED]) : encodeCbor([REFUSED, refusal]))
  } finally {
    await stream.close()
  }
}

async function next (stream: FrameStream, signal: AbortSignal): Promise<unknown[]> {
  const frame = await stream.receive({ timeoutMs: ANSWER_TIMEOUT_MS, signal })
  if (frame === null) throw new WireError('device-ended-early')
  return readArray(decodeCbor(frame), 'device-message')
}
