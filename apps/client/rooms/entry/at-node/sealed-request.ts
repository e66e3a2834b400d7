/**
 * What a joiner leaves at the node for the members, and what one of them answers.
 *
 *     request key = HKDF(log secret of the room's first epoch, 'parley/request-key/1/<room>/<invitation>')
 *     request     = [shown record, challenge (32), proof (64), answer key (32)]      under the request key
 *     answer      = [content, access key (32), access proof (64)]                     under the answer key
 *     content     = [0, first epoch (32), sender key (32), wrap (48), sealed keys]    let in: keys for the joiner's encryption key
 *                 | [1, code]                                                         not
 *
 * The challenge is the joiner's own: the proof binds room, invitation and the joiner's keys, so it is of use to nobody else. The request key, and
 * with it the answer key, is known to others than members too: the access proof shows that the answer is from someone of the room.
 */
import { isErrorCode, type ErrorCode } from '#shared/errors.ts'
import { fromHex, type DeviceKey, type EpochId } from '#shared/ids.ts'
import { SHOWN_RECORD_MAX_BYTES } from '#shared/limits.ts'
import { decodeCbor, encodeCbor, readArray, readBytes, WireError } from '#shared/wire/cbor.ts'
import { readEpochId } from '#shared/wire/epoch-id.ts'
import { answerStatement, checkForLink, proveForLink, type LinkPlace } from '#shared/wire/link-proof.ts'
import type { RoomKeys } from '#shared/wire/rendezvous-proof.ts'
import { hkdf, openBlob, sealBlob } from '../../../crypto/index.ts'
import type { KeyBundle } from '../../log/epochs/key-bundle.ts'

/** Whose request an answer is for. */
export interface Asked { place: LinkPlace, joiner: DeviceKey, answerKey: Uint8Array<ArrayBuffer> }

export interface LeftProof {
  /** CBOR of a shown record. */
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
export const requestKeyOf = async (logSecret: Uint8Array<ArrayBuffer>, place: LinkPlace): Promise<Uint8Array<ArrayBuffer>> =>
  await hkdf(logSecret, `parley/request-key/1/${pathOf(place)}`)

export const sealRequest = async (requestKey: Uint8Array<ArrayBuffer>, place: LinkPlace, { member, challenge, signature, answerKey }: LeftProof): Promise<Uint8Array<ArrayBuffer>> =>
  await sealBlob(requestKey, requestContext(place), encodeCbor([member, challenge, signature, answerKey]))

/** @throws {WireError} (rejects) */
export async function openRequest (requestKey: Uint8Array<ArrayBuffer>, place: LinkPlace, sealed: Uint8Array<ArrayBuffer>): Promise<LeftProof> {
  const [member, challenge, signature, answerKey] = readArray(decodeCbor(await openBlob(requestKey, requestContext(place), sealed)), 'request', 4)
  return {
    member: readBytes(member, 'member', undefined, SHOWN_RECORD_MAX_BYTES),
    challenge: readBytes(challenge, 'challenge', 32),
    signature: readBytes(signature, 'proof', 64),
    answerKey: readBytes(answerKey, 'answer-key', 32)
  }
}

/** @param keys the room's access key */
export async function sealAnswer ({ place, joiner, answerKey }: Asked, answer: RequestAnswer, keys: RoomKeys): Promise<Uint8Array<ArrayBuffer>> {
  const fields = answer.type === 'refused'
    ? [REFUSED, answer.code]
    : [ADMITTED, fromHex(answer.firstEpochId), answer.bundle.ephemeral, answer.bundle.wrap, answer.bundle.sealedKeys]
  const content = encodeCbor(fields)
  const { accessKey, signature } = await proveForLink(keys, place, 'answer', answerStatement(joiner, answerKey, content))
  return await sealBlob(answerKey, answerContext(place), encodeCbor([content, accessKey, signature]))
}

/** @param access what the link commits to @throws {WireError} also when it is not proven (rejects) */
export async function openAnswer ({ place, joiner, answerKey }: Asked, access: Uint8Array, sealed: Uint8Array<ArrayBuffer>): Promise<RequestAnswer> {
  const [bytes, accessKey, signature] = readArray(decodeCbor(await openBlob(answerKey, answerContext(place), sealed)), 'answer', 3)
  const content = readBytes(bytes, 'content')
  const proof = { accessKey: readBytes(accessKey, 'access-key', 32), signature: readBytes(signature, 'access-proof', 64) }
  if (!await checkForLink(access, place, 'answer', answerStatement(joiner, answerKey, content), proof)) throw new WireError('unproven-answer')
  const fields = readArray(decodeCbor(content), 'content')
  switch (fields[0]) {
    case ADMITTED: return {
      type: 'admitted',
      firstEpochId: readEpochId(fields[1]),
      bundle: {
        ephemeral: readBytes(fields[2], 'ephemeral', 32), wrap: readBytes(fields[3], 'wrap', 48), sealedKeys: readBytes(fields[4], 'sealed-keys')
      }
    }
    case REFUSED: return { type: 'refused', code: isErrorCode(fields[1]) ? fields[1] : 'invite-refused' }
    default: throw new WireError('unknown-answer')
  }
}

const pathOf = ({ roomTag, inviteId }: LinkPlace): string => `${roomTag}/${inviteId}`
const requestContext = (place: LinkPlace): string => `parley/join-request/1/${pathOf(place)}`
const answerContext = (place: LinkPlace): string => `parley/join-answer/2/${pathOf(place)}`
