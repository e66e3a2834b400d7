/**
 * The checks of an operation that need cryptography; the resolver, which is pure, relies on them.
 * RULE: a verdict follows from the operation and the hashes and keys that it names, never from which other operations have come so far.
 */
import { fromHex, type DeviceKey, type InviteId, type RoomTag } from '#shared/ids.ts'
import { isSigned } from '../../identity/device-list.ts'
import {
  certifiedBytes, computeInviteId, computeRoomTag, proofBytes, recordBytes, type InviteProof, type MemberRecord, type OperationBody, type Renewal
} from '../membership/operations.ts'

/** `later`: it names an invitation that is not known yet. */
export type OperationCheck = 'good' | 'bad' | 'later'

export interface CheckContext {
  author: DeviceKey
  roomTag: RoomTag
  /** Public keys of the invitations that are known. An id is the hash of its key, so announcing it again changes nothing. */
  inviteKeys: ReadonlyMap<InviteId, Uint8Array<ArrayBuffer>>
}

export async function checkOperation (body: OperationBody, { author, roomTag, inviteKeys }: CheckContext): Promise<OperationCheck> {
  switch (body.type) {
    case 'create': {
      const isOurs = await computeRoomTag(author, body.salt) === roomTag && body.creator.device === author
      return isOurs && await isCertified(body.creator) ? 'good' : 'bad'
    }
    case 'invite': return await computeInviteId(body.publicKey) === body.inviteId ? 'good' : 'bad'
    case 'add': {
      if (body.proof === null) return await isCertified(body.member) ? 'good' : 'bad'
      const publicKey = inviteKeys.get(body.proof.inviteId)
      if (publicKey === undefined) return 'later'
      return await isCertified(body.member) && await isProven(body.proof, publicKey, roomTag, body.member) ? 'good' : 'bad'
    }
    case 'adddev': return await isCertified(body.member) ? 'good' : 'bad'
    case 'devices': return await isSigned(body.list) ? 'good' : 'bad'
    // RULE: the device that the root key has vouched for vouches for its later encryption keys itself, by signing the entry.
    case 'enckey': return 'good'
    default: return 'good'
  }
}

/** RULE: the root key of a person vouches for each of their devices, and the device for the person: neither can be claimed by others. */
export async function isCertified (member: MemberRecord): Promise<boolean> {
  return await verify(fromHex(member.user), member.certificate, certifiedBytes(member)) &&
    await verify(fromHex(member.device), member.signature, recordBytes(member))
}

/** RULE: whoever is admitted has proved to hold the link's secret, for these keys and this room. */
export async function isProven (
  proof: InviteProof, publicKey: Uint8Array<ArrayBuffer>, roomTag: RoomTag, member: MemberRecord
): Promise<boolean> {
  return await verify(publicKey, proof.signature, proofBytes(roomTag, proof.challenge, member))
}

/** Whether a later certificate of a device is its person's word too. */
export const isRenewal = async (member: Pick<MemberRecord, 'user' | 'device' | 'encryptionKey'>, { issuedAt, certificate }: Renewal): Promise<boolean> =>
  await verify(fromHex(member.user), certificate, certifiedBytes({ ...member, issuedAt }))

export async function verify (publicKey: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer>, signed: Uint8Array<ArrayBuffer>): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify'])
    return await crypto.subtle.verify('Ed25519', key, signature, signed)
  } catch {
    // Not a point on the curve: nobody can have signed with it.
    return false
  }
}
