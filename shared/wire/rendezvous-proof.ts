/**
 * Proof that a device holds a key of a room: what the rendezvous asks before it tells who is there.
 *
 *     proof = Ed25519(key, 'parley/rendezvous-proof/1' ‖ room tag (16 B) ‖ device (32 B) ‖ node (32 B))
 *
 * The key is the room's access key, or an invitation's. Noise has authenticated device and node, so a proof that was seen or kept serves
 * nobody but that device at that node, and that device could make another one at any time.
 */
import { fromHex, toHex, type DeviceKey, type InviteId, type RoomTag } from '../ids.ts'
import { concat, sha256 } from './envelope.ts'

const CONTEXT = new TextEncoder().encode('parley/rendezvous-proof/1')

/** A key pair that stands for a room: its access key, or an invitation's. */
export interface RoomKeys {
  privateKey: CryptoKey
  /** Raw, 32 bytes. */
  publicKey: Uint8Array<ArrayBuffer>
}

export interface ProofStatement {
  room: RoomTag
  device: DeviceKey
  /** Raw Ed25519 public key of the node, 32 bytes. */
  node: Uint8Array
}

const statementBytes = ({ room, device, node }: ProofStatement): Uint8Array<ArrayBuffer> =>
  concat(CONTEXT, fromHex(room), fromHex(device), node)

export const proveKey = async (privateKey: CryptoKey, statement: ProofStatement): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, statementBytes(statement)))

/** False also for a key that is no point of the curve. */
export async function checkKey (publicKey: Uint8Array<ArrayBuffer>, proof: Uint8Array<ArrayBuffer>, statement: ProofStatement): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify'])
    return await crypto.subtle.verify('Ed25519', key, proof, statementBytes(statement))
  } catch {
    return false
  }
}

/** The id of the invitation that a public key belongs to: the first half of its hash. */
export const inviteIdOf = async (publicKey: Uint8Array<ArrayBuffer>): Promise<InviteId> =>
  toHex((await sha256(publicKey)).subarray(0, 16)) as InviteId
