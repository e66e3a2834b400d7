/**
 * `/parley/rendezvous/1`: who else is there, told by the node. One stream lives as long as the client is connected; what it registered
 * ends with it. Only for devices that have shown a passport.
 *
 *     client → node   REGISTER [0, [room tag (16 B)…]]       all rooms of this device, replacing what was registered before
 *                     LOOK_UP  [1, request, room tag]        who is there, without registering: for somebody who wants to join
 *     node → client   PEERS    [0, room tag, [device (32 B)…]]
 *                     ARRIVED  [1, room tag, device]
 *                     LEFT     [2, room tag, device]
 *                     FOUND    [3, request, [device…]]
 *                     DENIED   [4]                           no valid passport: say hello with one and open another stream
 */
import { fromHex, toHex, type DeviceKey, type RoomTag } from '../ids.ts'
import { ROOM_MAX_MEMBERS } from '../limits.ts'
import { decodeCbor, encodeCbor, readArray, readBytes, readUint, WireError } from './cbor.ts'

export const RENDEZVOUS_PROTOCOL = '/parley/rendezvous/1'
/** Rooms one device may register: more than anybody reads. */
export const RENDEZVOUS_MAX_ROOMS = 1000

export type RendezvousRequest =
  | { type: 'register', rooms: RoomTag[] }
  | { type: 'look-up', request: number, room: RoomTag }

export type RendezvousAnswer =
  | { type: 'peers', room: RoomTag, devices: DeviceKey[] }
  | { type: 'arrived' | 'left', room: RoomTag, device: DeviceKey }
  | { type: 'found', request: number, devices: DeviceKey[] }
  | { type: 'denied' }

export const encodeRequest = (message: RendezvousRequest): Uint8Array<ArrayBuffer> => message.type === 'register'
  ? encodeCbor([0, message.rooms.map(fromHex)])
  : encodeCbor([1, message.request, fromHex(message.room)])

/** @throws {WireError} */
export function decodeRequest (bytes: Uint8Array): RendezvousRequest {
  const fields = readArray(decodeCbor(bytes), 'rendezvous-request')
  if (fields[0] === 0 && fields.length === 2) {
    const rooms = readArray(fields[1], 'rooms')
    if (rooms.length > RENDEZVOUS_MAX_ROOMS) throw new WireError('too-many-rooms')
    return { type: 'register', rooms: rooms.map(readRoom) }
  }
  if (fields[0] === 1 && fields.length === 3) return { type: 'look-up', request: readUint(fields[1], 'request'), room: readRoom(fields[2]) }
  throw new WireError('unknown-rendezvous-request')
}

export function encodeAnswer (message: RendezvousAnswer): Uint8Array<ArrayBuffer> {
  switch (message.type) {
    case 'peers': return encodeCbor([0, fromHex(message.room), message.devices.map(fromHex)])
    case 'arrived': return encodeCbor([1, fromHex(message.room), fromHex(message.device)])
    case 'left': return encodeCbor([2, fromHex(message.room), fromHex(message.device)])
    case 'found': return encodeCbor([3, message.request, message.devices.map(fromHex)])
    case 'denied': return encodeCbor([4])
  }
}

/** @throws {WireError} */
export function decodeAnswer (bytes: Uint8Array): RendezvousAnswer {
  const fields = readArray(decodeCbor(bytes), 'rendezvous-answer')
  if (fields.length !== (fields[0] === 4 ? 1 : 3)) throw new WireError('unknown-rendezvous-answer')
  switch (fields[0]) {
    case 0: return { type: 'peers', room: readRoom(fields[1]), devices: readDevices(fields[2]) }
    case 1: return { type: 'arrived', room: readRoom(fields[1]), device: readDevice(fields[2]) }
    case 2: return { type: 'left', room: readRoom(fields[1]), device: readDevice(fields[2]) }
    case 3: return { type: 'found', request: readUint(fields[1], 'request'), devices: readDevices(fields[2]) }
    case 4: return { type: 'denied' }
    default: throw new WireError('unknown-rendezvous-answer')
  }
}

const readRoom = (value: unknown): RoomTag => toHex(readBytes(value, 'room-tag', 16)) as RoomTag
const readDevice = (value: unknown): DeviceKey => toHex(readBytes(value, 'device-key', 32)) as DeviceKey

function readDevices (value: unknown): DeviceKey[] {
  const devices = readArray(value, 'devices')
  if (devices.length > ROOM_MAX_MEMBERS) throw new WireError('too-many-devices')
  return devices.map(readDevice)
}
