/** The frames of `/parley/keys/1`; see SPEC.md. */
import { fromHex, toHex, type EpochId, type RoomTag } from '#shared/ids.ts'
import { decodeCbor, encodeCbor, readArray, readBytes, readUint, WireError } from '#shared/wire/cbor.ts'
import { readEpochId } from '#shared/wire/epoch-id.ts'

export const KEYS_PROTOCOL = '/parley/keys/1'
const KEYS_VERSION = 1
/** Epochs of one question: a year of weekly rotations; more are asked for next. */
export const ASKED_EPOCHS_MAX = 64
/** Each epoch is about 90 bytes. */
const SEALED_KEYS_MAX_BYTES = 16 * 1024
export const KEYS_FRAME_MAX_BYTES = SEALED_KEYS_MAX_BYTES + 1024

export type KeysMessage =
  | { type: 'ask', roomTag: RoomTag, epochIds: EpochId[] }
  | { type: 'keys', ephemeral: Uint8Array<ArrayBuffer>, wrap: Uint8Array<ArrayBuffer>, sealedKeys: Uint8Array<ArrayBuffer> }
  | { type: 'none' }

const ASK = 0, KEYS = 1, NONE = 2

export function encodeKeysMessage (message: KeysMessage): Uint8Array<ArrayBuffer> {
  switch (message.type) {
    case 'ask': return encodeCbor([ASK, KEYS_VERSION, fromHex(message.roomTag), message.epochIds.map(fromHex)])
    case 'keys': return encodeCbor([KEYS, message.ephemeral, message.wrap, message.sealedKeys])
    case 'none': return encodeCbor([NONE])
  }
}

/** @throws {WireError} */
export function decodeKeysMessage (bytes: Uint8Array): KeysMessage {
  const fields = readArray(decodeCbor(bytes), 'keys-message')
  switch (fields[0]) {
    case ASK: {
      if (fields[1] !== KEYS_VERSION) throw new WireError('keys-version')
      const epochIds = readArray(fields[3], 'epoch-ids').map(readEpochId)
      if (epochIds.length === 0 || epochIds.length > ASKED_EPOCHS_MAX) throw new WireError('malformed-epoch-ids')
      return { type: 'ask', roomTag: toHex(readBytes(fields[2], 'room-tag', 16)) as RoomTag, epochIds }
    }
    case KEYS: return {
      type: 'keys',
      ephemeral: readBytes(fields[1], 'ephemeral', 32),
      wrap: readBytes(fields[2], 'wrap', 48),
      sealedKeys: readBytes(fields[3], 'sealed-keys', undefined, SEALED_KEYS_MAX_BYTES)
    }
    case NONE: return { type: 'none' }
    default: throw new WireError(`unknown-keys-message-${readUint(fields[0], 'keys-type')}`)
  }
}
