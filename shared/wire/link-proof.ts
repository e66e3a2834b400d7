/**
 * Proof that a device is of the room that an invite link leads to: a signature by the room's access key, to which the link commits. A joiner
 * asks for it before they say who they are.
 *
 *     commitment = SHA-256('parley/link-access/1' ‖ access key (32 B)), first 16 bytes
 *     proof      = Ed25519(access key, 'parley/link-proof/1/<use>' ‖ room tag (16 B) ‖ invitation (16 B) ‖ statement)
 *     statement  = challenge (32 B) ‖ prover (32 B) ‖ joiner (32 B)          use 'join': both device keys as Noise has authenticated them
 *                | the content                                               use 'welcome'
 *                | joiner (32 B) ‖ answer key (32 B) ‖ the content           use 'answer'
 */
import { fromHex, type DeviceKey, type InviteId, type RoomTag } from '../ids.ts'
import { concat, sha256 } from './envelope.ts'
import type { RoomKeys } from './rendezvous-proof.ts'

/** 128 bits: a stranger would have to find a second key with the same hash. */
export const LINK_ACCESS_BYTES = 16
const COMMITMENT_CONTEXT = new TextEncoder().encode('parley/link-access/1')

export type LinkProofUse = 'join' | 'welcome' | 'answer'

export interface LinkPlace { roomTag: RoomTag, inviteId: InviteId }

export interface LinkProof {
  /** The room's access key, raw, 32 bytes. */
  accessKey: Uint8Array<ArrayBuffer>
  /** 64 bytes. */
  signature: Uint8Array<ArrayBuffer>
}

/** Returns what a link says of the room's access key (raw, 32 bytes). */
export const commitToAccess = async (accessKey: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> =>
  (await sha256(concat(COMMITMENT_CONTEXT, accessKey))).slice(0, LINK_ACCESS_BYTES)

const signedBytes = ({ roomTag, inviteId }: LinkPlace, use: LinkProofUse, statement: Uint8Array): Uint8Array<ArrayBuffer> =>
  concat(new TextEncoder().encode(`parley/link-proof/1/${use}`), fromHex(roomTag), fromHex(inviteId), statement)

/** @param challenge the joiner's, 32 bytes, fresh for each connection */
export const joinStatement = (challenge: Uint8Array, prover: DeviceKey, joiner: DeviceKey): Uint8Array<ArrayBuffer> =>
  concat(challenge, fromHex(prover), fromHex(joiner))

/** @param answerKey the joiner's secret of this attempt, 32 bytes */
export const answerStatement = (joiner: DeviceKey, answerKey: Uint8Array, content: Uint8Array): Uint8Array<ArrayBuffer> =>
  concat(fromHex(joiner), answerKey, content)

export async function proveForLink (keys: RoomKeys, place: LinkPlace, use: LinkProofUse, statement: Uint8Array): Promise<LinkProof> {
  const signature = await crypto.subtle.sign('Ed25519', keys.privateKey, signedBytes(place, use, statement))
  return { accessKey: keys.publicKey, signature: new Uint8Array(signature) }
}

/** Whether the proof is by the key that a link commits to. False also for a key that is no point of the curve. */
export async function checkForLink (
  commitment: Uint8Array, place: LinkPlace, use: LinkProofUse, statement: Uint8Array, { accessKey, signature }: LinkProof
): Promise<boolean> {
  const committed = await commitToAccess(accessKey)
  if (commitment.length !== LINK_ACCESS_BYTES || !committed.every((byte, at) => byte === commitment[at])) return false
  try {
    const key = await crypto.subtle.importKey('raw', accessKey, 'Ed25519', false, ['verify'])
    return await crypto.subtle.verify('Ed25519', key, signature, signedBytes(place, use, statement))
  } catch {
    return false
  }
}
