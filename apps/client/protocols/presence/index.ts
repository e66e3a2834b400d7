/**
 * Small frames between the members of a room that nobody stores: who is typing, who has what, and who has read what.
 *
 * Flow: content → sealed under the room's key → signed → gossip, or addressed to one device; and back, dropped unless all of it fits.
 *
 * @example
 *   const content = { type: 'typing', until: Date.now() + 5000 }
 *   const frame = await sealPresence({ roomTag, device, signingKey, epoch }, { content, sentAt: Date.now(), count: nextCount() })
 *   const { content, sentAt, count } = await openPresence(frame, { roomTag, epochOf })
 *
 * @see SPEC.md
 */
import { fromHex, toHex, type DeviceKey, type DevTag, type EpochId, type RoomTag, type UserKey } from '#shared/ids.ts'
import { ROOM_MAX_MEMBERS } from '#shared/limits.ts'
import { decodeCbor, encodeCbor, readArray, readBytes, readUint, WireError, type Cbor } from '#shared/wire/cbor.ts'
import { concat, importDeviceKey } from '#shared/wire/envelope.ts'
import { EPOCH_ID_BYTES, SHORT_EPOCH_ID_BYTES } from '#shared/wire/epoch-id.ts'
import { encodeGossipFrame, EPHEMERAL_MAX_BYTES, ephemeralSignedBytes, type GossipFrame } from '#shared/wire/gossip.ts'
import { openFrame, sealFrame, type Epoch } from '../../crypto/index.ts'

export type PresenceContent =
  | { type: 'typing', until: number }
  | { type: 'receipt', held: { devTag: DevTag, from: number, to: number }[] }
  /** This device is in the call of the room and sends this; null: it has left. */
  | { type: 'call', joinedAt: number, media: number | null }
  /** Said in a room about one of its voice rooms: this device is in its call. */
  | { type: 'voice', room: RoomTag, joinedAt: number, media: number | null }
  /** To one person: a call begins, or what became of it. */
  | { type: 'ring', user: UserKey, action: RingAction }
  /** Of a moderator, about a device in the call: `joinedAt` tells which stay of it, `at` is Unix ms and grows. */
  | { type: 'order', action: OrderAction, device: DeviceKey, joinedAt: number, at: number }
  /** Everything of each log up to a position. */
  | { type: 'read', read: { devTag: DevTag, seq: number }[] }
  /** Both of the two above. */
  | { type: 'receipt-and-read', held: { devTag: DevTag, from: number, to: number }[], read: { devTag: DevTag, seq: number }[] }
  /** To one device: tell me what you hold and have read of what my person wrote here. */
  | { type: 'ask' }
  /** What the sender's law made of the operations it has: `rooms/membership/agreement.ts`. Hashes in hex. */
  | { type: 'agreement', law: number, set: string, result: string }
  | { type: 'unknown' }

export type SentPresence = Exclude<PresenceContent, { type: 'unknown' }>

/** What tells a frame from a recording of it; see `freshness.ts`. */
export interface Stamp {
  /** Unix ms by the sender's clock. */
  sentAt: number
  /** Grows with each frame of the device, in whatever room, over restarts too. */
  count: number
}

export interface StampedPresence<Content extends PresenceContent = PresenceContent> extends Stamp { content: Content }

type EphemeralFrame = Extract<GossipFrame, { type: 'ephemeral' }>

/** So many positions fit into a frame whatever their numbers are: 36 bytes each at most. */
const POSITIONS_PER_FRAME = 110

const TYPING = 0, RECEIPT = 1, READ = 2, ASK = 3, RECEIPT_AND_READ = 4, AGREEMENT = 5, CALL = 8, RING = 9, ORDER = 10, VOICE = 11
/**
 * Of SHA-256, which is enough to notice a mistake. Two sets of operations with one hash take 2^64 attempts, and give their maker a false alarm
 * that every member can raise for nothing by claiming another result. Raise it where something is ever decided by these hashes.
 */
export const AGREEMENT_HASH_BYTES = 16
const RING_ACTIONS = ['ring', 'accepted', 'declined', 'busy', 'cancelled'] as const
type RingAction = (typeof RING_ACTIONS)[number]
const ORDER_ACTIONS = ['mute', 'remove', 'lock', 'unlock'] as const
type OrderAction = (typeof ORDER_ACTIONS)[number]

/** The same content in parts that each fit into a frame, in however many logs there is something to tell of. */
export function splitPresence (content: SentPresence): SentPresence[] {
  if (content.type === 'receipt') return partsOf(content.held).map((held) => ({ type: 'receipt', held }))
  if (content.type === 'read') return partsOf(content.read).map((read) => ({ type: 'read', read }))
  if (content.type === 'receipt-and-read' && content.held.length + content.read.length > POSITIONS_PER_FRAME) {
    return [...splitPresence({ type: 'receipt', held: content.held }), ...splitPresence({ type: 'read', read: content.read })]
  }
  return [content]
}

const partsOf = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / POSITIONS_PER_FRAME) }, (_, nth) => all.slice(nth * POSITIONS_PER_FRAME, (nth + 1) * POSITIONS_PER_FRAME))

/** A frame that is ready to be sent. @throws {RangeError} when the content is longer than a frame may be (rejects); see `splitPresence` */
export async function sealPresence (
  { roomTag, device, signingKey, epoch }: { roomTag: RoomTag, device: DeviceKey, signingKey: CryptoKey, epoch: Epoch },
  { content, sentAt, count }: StampedPresence<SentPresence>
): Promise<Uint8Array<ArrayBuffer>> {
  if (epoch.messageKey === null) throw new Error('presence needs a message key')
  const sealed = concat(fromHex(epoch.epochId), await sealFrame(epoch.messageKey, roomTag, device, encodeCbor([...fieldsOf(content), sentAt, count])))
  // Every receiver would refuse it, and nobody would be told.
  if (sealed.length > EPHEMERAL_MAX_BYTES) throw new RangeError(`${content.type} does not fit into a frame`)
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', signingKey, ephemeralSignedBytes(roomTag, sealed)))
  return encodeGossipFrame({ type: 'ephemeral', sealed, device, signature })
}

/** @throws {WireError} when it is not what a member of the room wrote (rejects); `unknown-epoch` when its key is not here yet */
export async function openPresence (
  frame: EphemeralFrame, { roomTag, epochOf }: { roomTag: RoomTag, epochOf: (id: EpochId) => Epoch | null }
): Promise<StampedPresence> {
  const key = await importDeviceKey(frame.device)
  if (!await crypto.subtle.verify('Ed25519', key, frame.signature, ephemeralSignedBytes(roomTag, frame.sealed))) throw new WireError('bad-signature')
  const epochId = sealedIn(frame, epochOf)
  const epoch = epochOf(epochId)
  if (epoch?.messageKey == null) throw new WireError('unknown-epoch')
  return decodePresence(await openFrame(epoch.messageKey, roomTag, frame.device, frame.sealed.slice(epochId.length / 2)))
}

/** Returns the epoch that a frame says it is sealed in: which of both lengths its id has, the epochs that are held tell. */
export function sealedIn ({ sealed }: EphemeralFrame, epochOf: (id: EpochId) => Epoch | null): EpochId {
  const short = toHex(sealed.subarray(0, SHORT_EPOCH_ID_BYTES)) as EpochId
  return epochOf(short) === null ? toHex(sealed.subarray(0, EPOCH_ID_BYTES)) as EpochId : short
}

function fieldsOf (content: SentPresence): Cbor[] {
  switch (content.type) {
    case 'typing': return [TYPING, content.until]
    case 'receipt': return [RECEIPT, heldFields(content.held)]
    case 'receipt-and-read': return [RECEIPT_AND_READ, heldFields(content.held), readFields(content.read)]
    case 'call': return [CALL, content.joinedAt, content.media]
    case 'voice': return [VOICE, fromHex(content.room), content.joinedAt, content.media]
    case 'ring': return [RING, fromHex(content.user), RING_ACTIONS.indexOf(content.action)]
    case 'order': return [ORDER, ORDER_ACTIONS.indexOf(content.action), fromHex(content.device), content.joinedAt, content.at]
    case 'ask': return [ASK]
    case 'agreement': return [AGREEMENT, content.law, fromHex(content.set), fromHex(content.result)]
    case 'read': return [READ, readFields(content.read)]
  }
}

const heldFields = (held: readonly { devTag: DevTag, from: number, to: number }[]): Cbor => held.map(({ devTag, from, to }) => [fromHex(devTag), from, to])
const readFields = (read: readonly { devTag: DevTag, seq: number }[]): Cbor => read.map(({ devTag, seq }) => [fromHex(devTag), seq])

/** @throws {WireError} */
export function decodePresence (bytes: Uint8Array): StampedPresence {
  const fields = readArray(decodeCbor(bytes), 'presence')
  // The stamp comes last, so that it is found in kinds that are not known yet.
  const [sentAt, count] = fields.slice(-2)
  if (fields.length < 3) throw new WireError('unstamped-presence')
  return { content: readContent(fields.slice(0, -2)), sentAt: readUint(sentAt, 'sent-at'), count: readUint(count, 'count') }
}

function readContent (fields: readonly unknown[]): PresenceContent {
  if (fields[0] === TYPING) return { type: 'typing', until: readUint(fields[1], 'until') }
  if (fields[0] === CALL) return { type: 'call', joinedAt: readUint(fields[1], 'joined-at'), media: fields[2] === null ? null : readUint(fields[2], 'media') }
  if (fields[0] === VOICE) {
    const room = toHex(readBytes(fields[1], 'room-tag', 16)) as RoomTag
    return { type: 'voice', room, joinedAt: readUint(fields[2], 'joined-at'), media: fields[3] === null ? null : readUint(fields[3], 'media') }
  }
  if (fields[0] === RING) {
    const action = RING_ACTIONS[readUint(fields[2], 'ring-action')]
    return action === undefined ? { type: 'unknown' } : { type: 'ring', user: toHex(readBytes(fields[1], 'user', 32)) as UserKey, action }
  }
  if (fields[0] === ORDER) {
    const action = ORDER_ACTIONS[readUint(fields[1], 'order-action')]
    if (action === undefined) return { type: 'unknown' }
    return { type: 'order', action, device: toHex(readBytes(fields[2], 'device', 32)) as DeviceKey, joinedAt: readUint(fields[3], 'joined-at'), at: readUint(fields[4], 'at') }
  }
  if (fields[0] === ASK) return { type: 'ask' }
  if (fields[0] === AGREEMENT) return { type: 'agreement', law: readUint(fields[1], 'law'), set: readHash(fields[2], 'set'), result: readHash(fields[3], 'result') }
  if (fields[0] === READ) return { type: 'read', read: readPositions(fields[1]) }
  if (fields[0] === RECEIPT_AND_READ) return { type: 'receipt-and-read', held: readHeld(fields[1]), read: readPositions(fields[2]) }
  return fields[0] === RECEIPT ? { type: 'receipt', held: readHeld(fields[1]) } : { type: 'unknown' }
}

const readHash = (value: unknown, field: string): string => toHex(readBytes(value, field, AGREEMENT_HASH_BYTES))

function readHeld (value: unknown): { devTag: DevTag, from: number, to: number }[] {
  const held = readArray(value, 'held')
  if (held.length > ROOM_MAX_MEMBERS) throw new WireError('too-many-receipts')
  return held.map((entry) => {
    const [devTag, from, to] = readArray(entry, 'held-range', 3)
    const range = { devTag: toHex(readBytes(devTag, 'dev-tag', 16)) as DevTag, from: readUint(from, 'from', 1), to: readUint(to, 'to', 1) }
    if (range.to < range.from) throw new WireError('malformed-held-range')
    return range
  })
}

function readPositions (value: unknown): { devTag: DevTag, seq: number }[] {
  const positions = readArray(value, 'read')
  if (positions.length > ROOM_MAX_MEMBERS) throw new WireError('too-many-marks')
  return positions.map((entry) => {
    const [devTag, seq] = readArray(entry, 'read-position', 2)
    return { devTag: toHex(readBytes(devTag, 'dev-tag', 16)) as DevTag, seq: readUint(seq, 'seq', 1) }
  })
}
