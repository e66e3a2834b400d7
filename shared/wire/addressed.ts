/**
 * `/parley/addressed/1`: unstored frames for one device of a room, over the direct link to it or by way of the node, which forwards to that
 * device's stream and keeps nothing. What a frame says is sealed and signed as on the gossip topic (`gossip.ts`).
 *
 *     device → device or node   FRAME   [0, room tag (16 B), to device (32 B), ephemeral gossip frame (bytes)]   forwarded byte by byte
 *     device → node             HAVE    [1, room tag, [[devTag (16 B), seq]…]]      held here up to there; in rooms that send no receipts
 *                               COUNT   [2, request, room tag, devTag, seq]         how many devices hold this log up to there?
 *     node → device             COUNTED [3, request, devices]
 */
import { fromHex, toHex, type DeviceKey, type DevTag, type RoomTag } from '../ids.ts'
import { decodeCbor, encodeCbor, readArray, readBytes, readUint, WireError } from './cbor.ts'
import { EPHEMERAL_MAX_BYTES } from './gossip.ts'

export const ADDRESSED_PROTOCOL = '/parley/addressed/1'
/** The longest ephemeral frame with device key and signature, room tag, recipient and the prefixes of all of them. */
export const ADDRESSED_MAX_BYTES = EPHEMERAL_MAX_BYTES + 256
/** Logs of one HAVE: a room that is read for the first time needs several. */
export const HAVE_MAX_LOGS = 120

export interface LogPosition { devTag: DevTag, seq: number }

export type AddressedMessage =
  | { type: 'frame', room: RoomTag, device: DeviceKey, frame: Uint8Array<ArrayBuffer> }
  | { type: 'have', room: RoomTag, logs: LogPosition[] }
  | { type: 'count', request: number, room: RoomTag, devTag: DevTag, seq: number }
  | { type: 'counted', request: number, devices: number }
  /** Of a later version: skipped. */
  | { type: 'unknown' }

export function encodeAddressed (message: Exclude<AddressedMessage, { type: 'unknown' }>): Uint8Array<ArrayBuffer> {
  switch (message.type) {
    case 'frame': return encodeCbor([0, fromHex(message.room), fromHex(message.device), message.frame])
    case 'have': return encodeCbor([1, fromHex(message.room), message.logs.map(({ devTag, seq }) => [fromHex(devTag), seq])])
    case 'count': return encodeCbor([2, message.request, fromHex(message.room), fromHex(message.devTag), message.seq])
    case 'counted': return encodeCbor([3, message.request, message.devices])
  }
}

/** @throws {WireError} */
export function decodeAddressed (bytes: Uint8Array): AddressedMessage {
  if (bytes.length > ADDRESSED_MAX_BYTES) throw new WireError('frame-too-long')
  const fields = readArray(decodeCbor(bytes), 'addressed')
  switch (readUint(fields[0], 'addressed-type')) {
    case 0: {
      const [, room, device, frame] = readArray(fields, 'addressed-frame', 4)
      return { type: 'frame', room: readRoom(room), device: toHex(readBytes(device, 'device-key', 32)) as DeviceKey, frame: readBytes(frame, 'frame') }
    }
    case 1: {
      const [, room, logs] = readArray(fields, 'have', 3)
      const positions = readArray(logs, 'logs')
      if (positions.length > HAVE_MAX_LOGS) throw new WireError('too-many-logs')
      return { type: 'have', room: readRoom(room), logs: positions.map(readPosition) }
    }
    case 2: {
      const [, request, room, devTag, seq] = readArray(fields, 'count', 5)
      return { type: 'count', request: readUint(request, 'request'), room: readRoom(room), ...readPosition([devTag, seq]) }
    }
    case 3: {
      const [, request, devices] = readArray(fields, 'counted', 3)
      return { type: 'counted', request: readUint(request, 'request'), devices: readUint(devices, 'devices') }
    }
    default: return { type: 'unknown' }
  }
}

const readRoom = (value: unknown): RoomTag => toHex(readBytes(value, 'room-tag', 16)) as RoomTag

function readPosition (value: unknown): LogPosition {
  const [devTag, seq] = readArray(value, 'log-position', 2)
  return { devTag: toHex(readBytes(devTag, 'dev-tag', 16)) as DevTag, seq: readUint(seq, 'seq', 1) }
}
