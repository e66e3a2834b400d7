/**
 * Proof that the other side may see a room: a signature by the room's access key, which every member derives from the log secret of the
 * room's first epoch. The statement names both ends, whose keys Noise has authenticated, so a proof serves nobody else and nowhere else.
 *
 *     proof = Ed25519(access key, 'parley/sync-access/1' ‖ roomTag (16 B) ‖ epochId (16 B) ‖ prover (32 B) ‖ verifier (32 B))
 *
 * A carrier (the mailbox) knows the public half only: it can check proofs and make none.
 */
import { fromHex, type EpochId, type RoomTag } from '../../ids.ts'
import { importEd25519Seed } from '../ed25519-seed.ts'
import { concat } from '../envelope.ts'

const text = new TextEncoder()
const STATEMENT_CONTEXT = text.encode('parley/sync-access/1')
const KEY_CONTEXT = text.encode('parley/sync-access-key/1')
export const PROOF_BYTES = 64
/** What somebody sends who carries rooms without being a member: there is nothing to prove. */
export const NO_PROOF = new Uint8Array(0)
export const NO_EPOCH = '00000000000000000000000000000000' as EpochId

/** How one side of a session proves that it may see the room, and judges the other side's proof. */
export interface Access {
  /** The epoch that this side is in; all zeros for a carrier. Part of what is signed. */
  readonly epochId: EpochId
  /** Public half of the room's access key, 32 bytes: a member registers the room by it at a carrier that does not know it yet. */
  readonly publicKey?: Uint8Array<ArrayBuffer>
  /** The proof for the holder of `remoteKey` (Ed25519, 32 B): 64 bytes, or none from a carrier. */
  prove(remoteKey: Uint8Array): Promise<Uint8Array<ArrayBuffer>>
  /** Whether the holder of `remoteKey` may see the room. `proof` is 64 bytes, or empty when the other side says it carries only. */
  check(epochId: EpochId, proof: Uint8Array<ArrayBuffer>, remoteKey: Uint8Array): Promise<boolean>
}

export interface AccessStatement {
  roomTag: RoomTag
  epochId: EpochId
  /** Raw Ed25519 public keys of both ends, 32 bytes each. */
  prover: Uint8Array
  verifier: Uint8Array
}

export interface AccessKeyPair extends CryptoKeyPair {
  /** Raw, 32 bytes: what a room is registered under at a mailbox. */
  rawPublicKey: Uint8Array<ArrayBuffer>
}

/** @param logSecret the log secret of the room's first epoch, 32 bytes */
export async function deriveAccessKey (logSecret: Uint8Array<ArrayBuffer>): Promise<AccessKeyPair> {
  const base = await crypto.subtle.importKey('raw', logSecret, 'HKDF', false, ['deriveBits'])
  const seed = await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: KEY_CONTEXT }, base, 256)
  const { privateKey, publicKey } = await importEd25519Seed(new Uint8Array(seed))
  return {
    privateKey,
    publicKey: await crypto.subtle.importKey('raw', publicKey, 'Ed25519', true, ['verify']),
    rawPublicKey: publicKey
  }
}

const statementBytes = ({ roomTag, epochId, prover, verifier }: AccessStatement): Uint8Array<ArrayBuffer> =>
  concat(STATEMENT_CONTEXT, fromHex(roomTag), fromHex(epochId), prover, verifier)

export const proveAccess = async (privateKey: CryptoKey, statement: AccessStatement): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, statementBytes(statement)))

export const checkAccess = async (publicKey: CryptoKey, proof: Uint8Array<ArrayBuffer>, statement: AccessStatement): Promise<boolean> =>
  proof.length === PROOF_BYTES && await crypto.subtle.verify('Ed25519', publicKey, proof, statementBytes(statement))

export interface MemberAccessOptions {
  roomTag: RoomTag
  /** Asked at each session, so that a rotation counts at once. */
  epochId: () => EpochId
  keys: AccessKeyPair
  /** Raw public key of this device. */
  localKey: Uint8Array
  /**
   * Who may see the room besides those who prove it, and who may not in spite of it: `true` and `false` decide; `undefined` leaves it to
   * the proof. A client answers `true` for its node, `false` for a removed device.
   */
  decide?: (remoteKey: Uint8Array) => boolean | undefined
}

/** The access of a member of the room. */
export function createMemberAccess ({ roomTag, epochId, keys, localKey, decide }: MemberAccessOptions): Access {
  return {
    get epochId () { return epochId() },
    publicKey: keys.rawPublicKey,
    prove: async (remoteKey) => await proveAccess(keys.privateKey, { roomTag, epochId: epochId(), prover: localKey, verifier: remoteKey }),
    check: async (remoteEpochId, proof, remoteKey) => decide?.(remoteKey) ??
      await checkAccess(keys.publicKey, proof, { roomTag, epochId: remoteEpochId, prover: remoteKey, verifier: localKey })
  }
}

/** The access of a carrier that knows the public half only. */
export async function createCarrierAccess ({ roomTag, publicKey, localKey }: {
  roomTag: RoomTag
  /** Raw, 32 bytes. */
  publicKey: Uint8Array<ArrayBuffer>
  localKey: Uint8Array
}): Promise<Access> {
  const key = await crypto.subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify'])
  return {
    epochId: NO_EPOCH,
    prove: () => Promise.resolve(NO_PROOF),
    check: async (epochId, proof, remoteKey) => await checkAccess(key, proof, { roomTag, epochId, prover: remoteKey, verifier: localKey })
  }
}
