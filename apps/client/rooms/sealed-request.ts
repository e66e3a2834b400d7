/**
 * What a joiner leaves at the node for the members, and what one of them answers.
 *
 *     request key = HKDF(log secret of the room's first epoch, 'parley/request-key/1/<room>/<invitation>')
 *     request     = [member record, challenge (32), proof (64), answer key (32)]      under the request key
 *     answer      = [0, first epoch (16), sender key (32), wrap (48), sealed keys]    let in: keys for the joiner's encryption key
 *                 | [1, code]                                                         not; both under the answer key
 *
 * The challenge is the joiner's own: the proof binds room, invitation and the joiner's keys, so it is of use to nobody else.
 */
import { isErrorCode, type ErrorCode } from '#shared/errors.ts'
import { fromHex, toHex, type EpochId, type InviteId, type RoomTag } from '#shared/ids.ts'
import { decodeCbor, encodeCbor, readArray, readBytes, WireError } from '#shared/wire/cbor.ts'
import { hkdf, openBlob, sealBlob } from '../crypto/index.ts'
import type { KeyBundle } from './key-bundle.ts'

export interface Place { roomTag: RoomTag, inviteId: InviteId }

export interface LeftProof {
  /** CBOR of a member record. */
  member: Uint8Array<ArrayBuffer>
  challenge: Uint8Array<ArrayBuffer>
  signature: Uint8Array<ArrayBuffer>
  /** 32 bytes, the joiner's: answers are sealed under it. */
  answerKey: Uint8Array<ArrayBuffer>
}

export type RequestAnswer =
  | { type: 'admitted', firstEpochId: EpochId, bundle: KeyBundle }
  | { type: 'refused', code: ErrorCode }

const ADMITTED = 0, REFUSED = 1

/** @param logSecret of the epoch the room began with */
export const requestKeyOf = async (logSecret: Uint8Array<ArrayBuffer>, place: Place): Promise<Uint8Array<ArrayBuffer>> =>
  await hkdf(logSecret, `parley/request-key/1/${pathOf(place)}`)

export const sealRequest = async (requestKey: Uint8Array<ArrayBuffer>, place: Place, { member, challenge, signature, answerKey }: LeftProof): Promise<Uint8Array<ArrayBuffer>> =>
  await sealBlob(requestKey, requestContext(place), encodeCbor([member, challenge, signature, answerKey]))

/** @throws {WireError} (rejects) */
export async function openRequest (requestKey: Uint8Array<ArrayBuffer>, place: Place, sealed: Uint8Array<ArrayBuffer>): Promise<LeftProof> {
  const [member, challenge, signature, answerKey] = readArray(decodeCbor(await openBlob(requestKey, requestContext(place), sealed)), 'request', 4)
  return {
    member: readBytes(member, 'member', undefined, 1024),
    challenge: readBytes(challenge, 'challenge', 32),
    signature: readBytes(signature, 'proof', 64),
    answerKey: readBytes(answerKey, 'answer-key', 32)
  }
}

export async function sealAnswer (answerKey: Uint8Array<ArrayBuffer>, place: Place, answer: RequestAnswer): Promise<Uint8Array<ArrayBuffer>> {
  const fields = answer.type === 'refused'
    ? [REFUSED, answer.code]
    : [ADMITTED, fromHex(answer.firstEpochId), answer.bundle.ephemeral, answer.bundle.wrap, answer.bundle.sealedKeys]
  return await sealBlob(answerKey, answerContext(place), encodeCbor(fields))
}

/** @throws {WireError} (rejects) */
export async function openAnswer (answerKey: Uint8Array<ArrayBuffer>, place: Place, sealed: Uint8Array<ArrayBuffer>): Promise<RequestAnswer> {
  const fields = readArray(decodeCbor(await openBlob(answerKey, answerContext(place), sealed)), 'answer')
  switch (fields[0]) {
    case ADMITTED: return {
      type: 'admitted',
      firstEpochId: toHex(readBytes(fields[1], 'epoch-id', 16)) as EpochId,
      bundle: {
        ephemeral: readBytes(fields[2], 'ephemeral', 32), wrap: readBytes(fields[3], 'wrap', 48), sealedKeys: readBytes(fields[4], 'sealed-keys')
      }
    }
    case REFUSED: return { type: 'refused', code: isErrorCode(fields[1]) ? fields[1] : 'invite-refused' }
    default: throw new WireError('unknown-answer')
  }
}

const pathOf = ({ roomTag, inviteId }: Place): string => `${roomTag}/${inviteId}`
const requestContext = (place: Place): string => `parley/join-request/1/${pathOf(place)}`
const answerContext = (place: Place): string => `parley/join-answer/1/${pathOf(place)}`
