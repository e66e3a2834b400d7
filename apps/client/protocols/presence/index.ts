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
import { fromHex, toHex, type DeviceKey, type EpochId, type RoomTag } from '#shared/ids.ts'
import { decodeCbor, encodeCbor, readArray, readUint, WireError } from '#shared/wire/cbor.ts'
import { concat, importDeviceKey } from '#shared/wire/envelope.ts'
import { EPOCH_ID_BYTES, SHORT_EPOCH_ID_BYTES } from '#shared/wire/epoch-id.ts'
import { encodeGossipFrame, EPHEMERAL_MAX_BYTES, ephemeralSignedBytes, type GossipFrame } from '#shared/wire/gossip.ts'
import { openFrame, sealFrame, type Epoch } from '../../crypto/index.ts'
import { kindOf, kindWithNumber, type PresenceContent, type SentPresence } from './kinds/index.ts'

/** What is said about calls. */
export type CallPresence = Extract<SentPresence, { type: 'call' | 'ring' | 'order' | 'voice' }>

export { AGREEMENT_HASH_BYTES } from './kinds/agreement.ts'
export { unite, type PresenceContent, type SentPresence } from './kinds/index.ts'

/** What tells a frame from a recording of it; see `freshness.ts`. */
export interface Stamp {
  /** Unix ms by the sender's clock. */
  sentAt: number
  /** Grows with each frame of the device, in whatever room, over restarts too. */
  count: number
}

export interface StampedPresence<Content extends PresenceContent = PresenceContent> extends Stamp { content: Content }

type EphemeralFrame = Extract<GossipFrame, { type: 'ephemeral' }>

/** The same content in parts that each fit into a frame, in however many logs there is something to tell of. */
export const splitPresence = (content: SentPresence): SentPresence[] => kindOf(content).split?.(content) ?? [content]

/** A frame that is ready to be sent. @throws {RangeError} when the content is longer than a frame may be (rejects); see `splitPresence` */
export async function sealPresence (
  { roomTag, device, signingKey, epoch }: { roomTag: RoomTag, device: DeviceKey, signingKey: CryptoKey, epoch: Epoch },
  { content, sentAt, count }: StampedPresence<SentPresence>
): Promise<Uint8Array<ArrayBuffer>> {
  if (epoch.messageKey === null) throw new Error('presence needs a message key')
  const kind = kindOf(content)
  const sealed = concat(fromHex(epoch.epochId), await sealFrame(epoch.messageKey, roomTag, device, encodeCbor([kind.number, ...kind.fields(content), sentAt, count])))
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

/** @throws {WireError} */
export function decodePresence (bytes: Uint8Array): StampedPresence {
  const fields = readArray(decodeCbor(bytes), 'presence')
  // The stamp comes last, so that it is found in kinds that are not known yet.
  const [sentAt, count] = fields.slice(-2)
  if (fields.length < 3) throw new WireError('unstamped-presence')
  return { content: readContent(fields.slice(0, -2)), sentAt: readUint(sentAt, 'sent-at'), count: readUint(count, 'count') }
}

function readContent ([number, ...fields]: readonly unknown[]): PresenceContent {
  return kindWithNumber(number)?.read(fields) ?? { type: 'unknown' }
}
