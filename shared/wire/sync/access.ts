/**
 * Proof that the other side may see a room: a signature by the access key of an epoch, which derives from the epoch's log secret. The
 * statement names both ends, whose keys Noise has authenticated, so a proof serves nobody else and nowhere else.
 *
 *     proof = Ed25519(access key, 'parley/sync-access/1' ‖ roomTag (16 B) ‖ epochId (32 B, or 16) ‖ prover (32 B) ‖ verifier (32 B))
 *
 * The access key of the first epoch is the room's: a carrier (the mailbox) knows its public half, so it can check proofs and make none.
 * Members decide which epochs they accept from each other.
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

export interface AccessProof {
  /** The epoch whose key has signed; all zeros for a carrier. Part of what is signed. */
  epochId: EpochId
  /** 64 bytes, or none from a carrier. */
  proof: Uint8Array<ArrayBuffer>
}

/** How one side of a session proves that it may see the room, and judges the other side's proof. */
export interface Access {
  /** Public half of the room's access key, 32 bytes: a member registers the room by it at a carrier that does not know it yet. */
  readonly publicKey?: Uint8Array<ArrayBuffer>
  /** Makes the proof for the holder of `remoteKey` (Ed25519, 32 B). @param named the epoch that the other side has proven */
  prove(remoteKey: Uint8Array, named?: EpochId): Promise<AccessProof>
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

/** @param logSecret of an epoch, 32 bytes */
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

/** An epoch with the key pair that derives from it. */
export interface EpochAccess { epochId: EpochId, keys: AccessKeyPair }

export interface MemberAccessOptions {
  roomTag: RoomTag
  /** The epoch the room began with. */
  epochId: () => EpochId
  /** The room's access key: of that epoch. */
  keys: AccessKeyPair
  /** Raw public key of this device. */
  localKey: Uint8Array
  /**
   * Who may see the room besides those who prove it, and who may not in spite of it: `true` and `false` decide; `undefined` leaves it to
   * the proof. A client returns `true` for its node and for devices of members, `false` for a removed device.
   */
  decide?: (remoteKey: Uint8Array) => boolean | undefined
  /** Selects the epochs to prove and to accept, asked at each session; the first one where this is missing. */
  epochs?: {
    toProve: (remoteKey: Uint8Array, named?: EpochId) => Promise<EpochAccess>
    /** The key by which a proof of this epoch is checked; null when the epoch lets nobody in. */
    toCheck: (epochId: EpochId) => Promise<AccessKeyPair | null>
  }
}

/** The access of a member of the room. */
export function createMemberAccess ({ roomTag, epochId: first, keys, localKey, decide, epochs }: MemberAccessOptions): Access {
  return {
    publicKey: keys.rawPublicKey,
    async prove (remoteKey, named) {
      const proven = await epochs?.toProve(remoteKey, named) ?? { epochId: first(), keys }
      const statement = { roomTag, epochId: proven.epochId, prover: localKey, verifier: remoteKey }
      return { epochId: proven.epochId, proof: await proveAccess(proven.keys.privateKey, statement) }
    },
    async check (epochId, proof, remoteKey) {
      const decided = decide?.(remoteKey)
      if (decided !== undefined) return decided
      const accepted = epochs === undefined ? keys : await epochs.toCheck(epochId)
      return accepted !== null && await checkAccess(accepted.publicKey, proof, { roomTag, epochId, prover: remoteKey, verifier: localKey })
    }
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
    prove: () => Promise.resolve({ epochId: NO_EPOCH, proof: NO_PROOF }),
    check: async (epochId, proof, remoteKey) => await checkAccess(key, proof, { roomTag, epochId, prover: remoteKey, verifier: localKey })
  }
}
