/** The frames of `/parley/join/2`; see SPEC.md. */
import { isErrorCode, type ErrorCode } from '#shared/errors.ts'
import { fromHex, toHex, type DeviceKey, type InviteId, type RoomTag } from '#shared/ids.ts'
import {
  MORE_KEYS_MAX_BYTES, OPERATION_MAX_BYTES, SEALED_KEYS_MAX_BYTES, SHOWN_RECORD_MAX_BYTES
} from '#shared/limits.ts'
import { decodeCbor, encodeCbor, readArray, readBytes, readUint, WireError } from '#shared/wire/cbor.ts'
import type { LinkProof } from '#shared/wire/link-proof.ts'

export const JOIN_PROTOCOL = '/parley/join/2'
export const JOIN_VERSION = 2
export const JOIN_FRAME_MAX_BYTES = SEALED_KEYS_MAX_BYTES + 1024

export type JoinMessage =
  /** `challenge` is the joiner's: what the member has to sign first. */
  | { type: 'ask', roomTag: RoomTag, inviteId: InviteId, challenge: Uint8Array<ArrayBuffer> }
  | { type: 'access' } & LinkProof
  | { type: 'challenge', challenge: Uint8Array<ArrayBuffer> }
  /** `member` is a shown record, CBOR, read by the room. */
  | { type: 'proof', member: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer> }
  | { type: 'welcome', ephemeral: Uint8Array<ArrayBuffer>, wrap: Uint8Array<ArrayBuffer>, sealedKeys: Uint8Array<ArrayBuffer> }
  | { type: 'refused', code: ErrorCode }
  /** `moreKeys`: those that did not fit into the welcome. Versions that know of none ignore the field. */
  | { type: 'entry', envelope: Uint8Array<ArrayBuffer>, device: DeviceKey, moreKeys?: Uint8Array<ArrayBuffer> }
  | { type: 'end' }
  /** The proof is good, and a moderator has to say yes: ask again later. */
  | { type: 'pending' }

const ASK = 0, CHALLENGE = 1, PROOF = 2, WELCOME = 3, REFUSED = 4, ENTRY = 5, END = 6, PENDING = 7, ACCESS = 8

export function encodeJoinMessage (message: JoinMessage): Uint8Array<ArrayBuffer> {
  switch (message.type) {
    case 'ask': return encodeCbor([ASK, JOIN_VERSION, fromHex(message.roomTag), fromHex(message.inviteId), message.challenge])
    case 'access': return encodeCbor([ACCESS, message.accessKey, message.signature])
    case 'challenge': return encodeCbor([CHALLENGE, message.challenge])
    case 'proof': return encodeCbor([PROOF, message.member, message.signature])
    case 'welcome': return encodeCbor([WELCOME, message.ephemeral, message.wrap, message.sealedKeys])
    case 'refused': return encodeCbor([REFUSED, message.code])
    case 'entry': return encodeCbor([
      ENTRY, message.envelope, fromHex(message.device), ...message.moreKeys === undefined ? [] : [message.moreKeys]
    ])
    case 'end': return encodeCbor([END])
    case 'pending': return encodeCbor([PENDING])
  }
}

/** @throws {WireError} */
export function decodeJoinMessage (bytes: Uint8Array): JoinMessage {
  const fields = readArray(decodeCbor(bytes), 'join-message')
  switch (fields[0]) {
    case ASK:
      if (fields[1] !== JOIN_VERSION) throw new WireError('join-version')
      return {
        type: 'ask',
        roomTag: toHex(readBytes(fields[2], 'room-tag', 16)) as RoomTag,
        inviteId: toHex(readBytes(fields[3], 'invite-id', 16)) as InviteId,
        challenge: readBytes(fields[4], 'challenge', 32)
      }
    case ACCESS: return { type: 'access', accessKey: readBytes(fields[1], 'access-key', 32), signature: readBytes(fields[2], 'signature', 64) }
    case CHALLENGE: return { type: 'challenge', challenge: readBytes(fields[1], 'challenge', 32) }
    case PROOF: return { type: 'proof', member: readBytes(fields[1], 'member', undefined, SHOWN_RECORD_MAX_BYTES), signature: readBytes(fields[2], 'signature', 64) }
    case WELCOME: return {
      type: 'welcome',
      ephemeral: readBytes(fields[1], 'ephemeral', 32),
      wrap: readBytes(fields[2], 'wrap', 48),
      sealedKeys: readBytes(fields[3], 'sealed-keys', undefined, SEALED_KEYS_MAX_BYTES)
    }
    case REFUSED: {
      const code = fields[1]
      return { type: 'refused', code: isErrorCode(code) ? code : 'invite-refused' }
    }
    case ENTRY: return {
      type: 'entry',
      envelope: readBytes(fields[1], 'envelope', undefined, OPERATION_MAX_BYTES),
      device: toHex(readBytes(fields[2], 'device-key', 32)) as DeviceKey,
      ...fields.length > 3 && { moreKeys: readBytes(fields[3], 'more-keys', undefined, MORE_KEYS_MAX_BYTES) }
    }
    case END: return { type: 'end' }
    case PENDING: return { type: 'pending' }
    default: throw new WireError(`unknown-join-message-${readUint(fields[0], 'join-type')}`)
  }
}
