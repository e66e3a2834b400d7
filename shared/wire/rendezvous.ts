/**
 * `/parley/rendezvous/2`: which other devices are in a room now, told by the node. One stream per device lives as long as the client is
 * connected; what it registered ends with it. Only for devices that have shown a passport, and for each room only with a proof of its key
 * (`rendezvous-proof.ts`).
 *
 *     client → node   REGISTER [0, [place…]]                         all rooms of this device, replacing what was registered before
 *                     LOOK_UP  [1, request, room tag, key, proof]    who is there, without registering: for a device that wants to join
 *                     ENTER    [2, [place…]]                         more rooms, or other invitations of known ones
 *                     LEAVE    [3, [room tag…]]
 *     node → client   PEERS    [0, room tag, [device (32 B)…]]
 *                     ARRIVED  [1, room tag, device]
 *                     LEFT     [2, room tag, device]
 *                     FOUND    [3, request, [device…]]
 *                     DENIED   [4]                                   no valid passport: say hello with one and open another stream
 *                     REFUSED  [5, room tag, reason]                 this room is not registered: 0 proof, 1 other key, 2 too many
 *                     GONE     [6, request, reason]                  the invitation is over: 0 expired, 1 revoked
 *
 *     place      = [room tag (16 B), access key (32 B), proof (64 B), [invitation…]]
 *     invitation = [id (16 B), expires at (Unix ms; 0 when revoked)]
 *
 * A LOOK_UP proves the room's access key, or the key of an invitation that a registered device listed.
 */
import { fromHex, toHex, type DeviceKey, type InviteId, type RoomTag } from '../ids.ts'
import { ROOM_MAX_MEMBERS } from '../limits.ts'
import { decodeCbor, encodeCbor, readArray, readBytes, readUint, WireError, type Cbor } from './cbor.ts'

export const RENDEZVOUS_PROTOCOL = '/parley/rendezvous/2'
/** Rooms one device may register: more than anyone reads. */
export const RENDEZVOUS_MAX_ROOMS = 1000
/** Invitations that are listed per room, those that expire last. More than that are open only in rooms where links are made by the dozen. */
export const RENDEZVOUS_MAX_INVITES = 64
/** Places of one frame: with their proofs, below what a frame may have. The bytes of invitations count as well (`splitPlaces`). */
const PLACES_MAX_BYTES = 48_000
const PLACE_BYTES = 16 + 32 + 64 + 16
const INVITATION_BYTES = 16 + 16

export interface ListedInvite {
  id: InviteId
  /** Unix ms; 0 when it was revoked. */
  expiresAt: number
}

export interface Place {
  room: RoomTag
  /** Raw public half of the room's access key, 32 bytes. */
  key: Uint8Array<ArrayBuffer>
  proof: Uint8Array<ArrayBuffer>
  invites: readonly ListedInvite[]
}

export type RendezvousRequest =
  | { type: 'register' | 'enter', places: readonly Place[] }
  | { type: 'leave', rooms: readonly RoomTag[] }
  | { type: 'look-up', request: number, room: RoomTag, key: Uint8Array<ArrayBuffer>, proof: Uint8Array<ArrayBuffer> }

const REFUSALS = ['proof', 'other-key', 'too-many'] as const
export type PlaceRefusal = (typeof REFUSALS)[number]
const ENDS = ['expired', 'revoked'] as const
export type InviteEnd = (typeof ENDS)[number]

export type RendezvousAnswer =
  | { type: 'peers', room: RoomTag, devices: DeviceKey[] }
  | { type: 'arrived' | 'left', room: RoomTag, device: DeviceKey }
  | { type: 'found', request: number, devices: DeviceKey[] }
  | { type: 'denied' }
  | { type: 'refused', room: RoomTag, reason: PlaceRefusal }
  | { type: 'gone', request: number, reason: InviteEnd }

/** Divides places so that each part fits in one frame. At least one part, which may be empty. */
export function splitPlaces (places: readonly Place[]): Place[][] {
  const parts: Place[][] = [[]]
  let bytes = 0
  for (const place of places) {
    const size = PLACE_BYTES + place.invites.length * INVITATION_BYTES
    if (bytes + size > PLACES_MAX_BYTES) {
      parts.push([])
      bytes = 0
    }
    parts.at(-1)?.push(place)
    bytes += size
  }
  return parts
}

export function encodeRequest (message: RendezvousRequest): Uint8Array<ArrayBuffer> {
  switch (message.type) {
    case 'register': return encodeCbor([0, message.places.map(placeFields)])
    case 'look-up': return encodeCbor([1, message.request, fromHex(message.room), message.key, message.proof])
    case 'enter': return encodeCbor([2, message.places.map(placeFields)])
    case 'leave': return encodeCbor([3, message.rooms.map(fromHex)])
  }
}

const placeFields = ({ room, key, proof, invites }: Place): Cbor =>
  [fromHex(room), key, proof, invites.map(({ id, expiresAt }) => [fromHex(id), expiresAt])]

/** @throws {WireError} */
export function decodeRequest (bytes: Uint8Array): RendezvousRequest {
  const fields = readArray(decodeCbor(bytes), 'rendezvous-request')
  if (fields.length !== (fields[0] === 1 ? 5 : 2)) throw new WireError('unknown-rendezvous-request')
  switch (fields[0]) {
    case 0: return { type: 'register', places: readRooms(fields[1], readPlace) }
    case 1: return {
      type: 'look-up', request: readUint(fields[1], 'request'), room: readRoom(fields[2]),
      key: readBytes(fields[3], 'key', 32), proof: readBytes(fields[4], 'proof', 64)
    }
    case 2: return { type: 'enter', places: readRooms(fields[1], readPlace) }
    case 3: return { type: 'leave', rooms: readRooms(fields[1], readRoom) }
    default: throw new WireError('unknown-rendezvous-request')
  }
}

export function encodeAnswer (message: RendezvousAnswer): Uint8Array<ArrayBuffer> {
  switch (message.type) {
    case 'peers': return encodeCbor([0, fromHex(message.room), message.devices.map(fromHex)])
    case 'arrived': return encodeCbor([1, fromHex(message.room), fromHex(message.device)])
    case 'left': return encodeCbor([2, fromHex(message.room), fromHex(message.device)])
    case 'found': return encodeCbor([3, message.request, message.devices.map(fromHex)])
    case 'denied': return encodeCbor([4])
    case 'refused': return encodeCbor([5, fromHex(message.room), REFUSALS.indexOf(message.reason)])
    case 'gone': return encodeCbor([6, message.request, ENDS.indexOf(message.reason)])
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
    case 5: return { type: 'refused', room: readRoom(fields[1]), reason: readOneOf(REFUSALS, fields[2]) }
    case 6: return { type: 'gone', request: readUint(fields[1], 'request'), reason: readOneOf(ENDS, fields[2]) }
    default: throw new WireError('unknown-rendezvous-answer')
  }
}

const readRoom = (value: unknown): RoomTag => toHex(readBytes(value, 'room-tag', 16)) as RoomTag
const readDevice = (value: unknown): DeviceKey => toHex(readBytes(value, 'device-key', 32)) as DeviceKey

function readOneOf<T> (known: readonly T[], value: unknown): T {
  const found = known[readUint(value, 'reason')]
  if (found === undefined) throw new WireError('unknown-reason')
  return found
}

function readRooms<T> (value: unknown, read: (item: unknown) => T): T[] {
  const items = readArray(value, 'rooms')
  if (items.length > RENDEZVOUS_MAX_ROOMS) throw new WireError('too-many-rooms')
  return items.map(read)
}

function readPlace (value: unknown): Place {
  const [room, key, proof, invites] = readArray(value, 'place', 4)
  const listed = readArray(invites, 'invitations')
  if (listed.length > RENDEZVOUS_MAX_INVITES) throw new WireError('too-many-invitations')
  return {
    room: readRoom(room), key: readBytes(key, 'key', 32), proof: readBytes(proof, 'proof', 64),
    invites: listed.map((item) => {
      const [id, expiresAt] = readArray(item, 'invitation', 2)
      return { id: toHex(readBytes(id, 'invitation-id', 16)) as InviteId, expiresAt: readUint(expiresAt, 'expires-at') }
    })
  }
}

function readDevices (value: unknown): DeviceKey[] {
  const devices = readArray(value, 'devices')
  if (devices.length > ROOM_MAX_MEMBERS) throw new WireError('too-many-devices')
  return devices.map(readDevice)
}
