/**
 * Operations: the entries of a room's log that say who is in it, as what, and with which keys. What they look like on the wire is in
 * `operation-codec.ts`; what they do is decided by `resolve.ts`.
 */
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { fromHex, toHex, type DeviceKey, type DevTag, type EnvelopeId, type EpochId, type InviteId, type RoomTag, type UserKey } from '#shared/ids.ts'
import { encodeCbor } from '#shared/wire/cbor.ts'
import { concat, sha256 } from '#shared/wire/envelope.ts'
import { inviteIdOf } from '#shared/wire/rendezvous-proof.ts'
import type { Role, RoomKind, RoomPolicy } from '../../api.ts'
import type { DeviceList } from '../../identity/device-list.ts'

export type { Role, RoomKind, RoomPolicy } from '../../api.ts'

/** From the weakest to the strongest: the position is the rank, and the number on the wire. */
export const ROLES: readonly Role[] = ['observer', 'member', 'moderator', 'admin', 'owner']
export const rankOf = (role: Role): number => ROLES.indexOf(role)

/** What a room begins with when its creator says nothing else. */
export const DEFAULT_POLICY: RoomPolicy = { slowModeMs: 0, history: 'everything', retentionMs: null, retentionCount: null, invites: 'members' }

/**
 * A person and one of their devices, as admitted to a room. The root key vouches for the device by `certificate`, the device for the
 * person by `signature`: nobody can claim a device that is not theirs.
 */
export interface MemberRecord {
  user: UserKey
  device: DeviceKey
  /** X25519 public key of the device, 32 bytes: what secrets are wrapped for. */
  encryptionKey: Uint8Array<ArrayBuffer>
  /** Ed25519 signature of the root key over `certifiedBytes`. */
  certificate: Uint8Array<ArrayBuffer>
  /** When the certificate was issued, Unix ms by the clock of who issued it; null in a certificate of protocol 2, which says nothing of it. */
  issuedAt: number | null
  /** Trimmed, not empty, without control and direction characters. */
  name: string
  /** Ed25519 signature of the device key over `recordBytes`. */
  signature: Uint8Array<ArrayBuffer>
}

/** A later certificate of the same device and encryption key. Not checked where it stands: a wrong one makes nothing of the rest wrong. */
export interface Renewal { issuedAt: number, certificate: Uint8Array<ArrayBuffer> }

/** The joiner's proof for one invitation: a signature by the invitation's key over a challenge, bound to the joiner's keys. */
export interface InviteProof {
  inviteId: InviteId
  challenge: Uint8Array<ArrayBuffer>
  signature: Uint8Array<ArrayBuffer>
}

/** A new epoch: its commitments, and its seed wrapped for each device that is a member where the operation stands. */
export interface Rotation {
  epochId: EpochId
  previous: EpochId
  /** SHA-256 of the devices' keys in order: the wraps are for exactly these. */
  recipients: Uint8Array<ArrayBuffer>
  /** Follows from the seed where `handed` is there. */
  ephemeral: Uint8Array<ArrayBuffer>
  wraps: Uint8Array<ArrayBuffer>[]
  /** The previous log secret under the new log key, and the previous message secret, or for a history barrier its hash, under the new message key. */
  previousLogSecret: Uint8Array<ArrayBuffer>
  previousMessageSecret: Uint8Array<ArrayBuffer>
  /** Log secrets of epochs that `previous` does not lead to, under the new log key (`epoch-reach.ts`). Not there in rotations of protocol 2, whose wraps nobody can check. */
  handed?: Uint8Array<ArrayBuffer> | null
}

/** The last position of a device's log that counts; 0 when none does. */
export interface Cut { devTag: DevTag, seq: number }

export type OperationBody =
  | {
    type: 'create', salt: Uint8Array<ArrayBuffer>, kind: RoomKind, name: string, topic: string
    /** Whom a direct room is with. */
    peer: UserKey | null
    /** The room a party room belongs to. */
    parent: RoomTag | null
    policy: RoomPolicy
    creator: MemberRecord
  }
  /** `proof` is null only where the creator of a direct room admits its other person. */
  /** `announcement`: the operation of the invitation, which names the terms; missing without proof, and in what was written before it was named. */
  | { type: 'add', member: MemberRecord, role: Role, proof: InviteProof | null, announcement?: EnvelopeId }
  /** `rotation` is null only where the author removes themself: who leaves must not know the new key. */
  | { type: 'remove', user: UserKey, isBan: boolean, cuts: Cut[], rotation: Rotation | null }
  | {
    type: 'invite', inviteId: InviteId, publicKey: Uint8Array<ArrayBuffer>, role: Role, expiresAt: number, maxUses: number | null
    /** Whoever uses it is admitted by a moderator only. */
    needsApproval: boolean
  }
  /** `announcement` as in `add`. */
  | { type: 'revoke-invite', inviteId: InviteId, announcement?: EnvelopeId }
  | { type: 'rotate', rotation: Rotation }
  /** The author's own new name. */
  | { type: 'profile', name: string }
  /** `cuts` count when the new role may not write. */
  | { type: 'role', user: UserKey, role: Role, cuts: Cut[] }
  /** Another device of somebody who is a member. */
  | { type: 'adddev', member: MemberRecord }
  | { type: 'rmdev', device: DeviceKey, cut: number, rotation: Rotation }
  /** The author's device's new encryption key, on that device's own word, with its newest certificate where that is new to the room. */
  | { type: 'enckey', encryptionKey: Uint8Array<ArrayBuffer>, renewed?: Renewal }
  /** The whole policy each time. */
  | { type: 'policy', policy: RoomPolicy }
  | { type: 'rename', name: string, topic: string }
  /** `until` Unix ms by the clock of whoever writes; null lifts. */
  | { type: 'mute', user: UserKey, until: number | null, cuts: Cut[] }
  | { type: 'unban', user: UserKey }
  /** A child room; with the secret of one of its invitations it is open to the members of this one. A voice room is there to drop into and talk. */
  | { type: 'party', childTag: RoomTag, name: string, inviteSecret: Uint8Array<ArrayBuffer> | null, isVoice: boolean }
  /** The devices that a person's root key has listed and revoked, whoever carries it. It changes nothing in the room by itself. */
  | { type: 'devices', list: DeviceList }
  /** The creator offers their place to somebody; null takes that back. The newest holds. */
  | { type: 'offer-room', user: UserKey | null }
  /** To such an offer of `creator`. */
  | { type: 'reply-offer', creator: UserKey, offer: EnvelopeId, accepts: boolean }
  /** By the creator: `consent` is the reply of a device of `user`. */
  | { type: 'hand-over', user: UserKey, consent: EnvelopeId }
  /** Its author continues this room in another, which everybody here may enter by the secret. */
  | { type: 'continue', childTag: RoomTag, name: string, inviteSecret: Uint8Array<ArrayBuffer>, access: Uint8Array<ArrayBuffer>, expiresAt: number }
  /** Of a later version, or without sense. */
  | { type: 'unknown' }

export type KnownBody = Exclude<OperationBody, { type: 'unknown' }>

/** An operation in its place: what the resolver works on. */
export interface Operation {
  id: EnvelopeId
  device: DeviceKey
  devTag: DevTag
  seq: number
  lamport: number
  sentAt: number
  heads: readonly EnvelopeId[]
  body: OperationBody
}

const contextOf = (name: string): Uint8Array => new TextEncoder().encode(name)
const CERTIFICATE_CONTEXT = contextOf('parley/device-certificate/2')
const UNDATED_CONTEXT = contextOf('parley/device-certificate/1')
const RECORD_CONTEXT = contextOf('parley/member-record/1')
const PROOF_CONTEXT = contextOf('parley/invite-proof/1')
const ROOM_CONTEXT = contextOf('parley/room/1')
const RECIPIENTS_CONTEXT = contextOf('parley/recipients/1')

/** What the root key signs for a device. */
export const certifiedBytes = ({ device, encryptionKey, issuedAt }: Pick<MemberRecord, 'device' | 'encryptionKey' | 'issuedAt'>): Uint8Array<ArrayBuffer> =>
  issuedAt === null
    ? concat(UNDATED_CONTEXT, fromHex(device), encryptionKey)
    : concat(CERTIFICATE_CONTEXT, encodeCbor([fromHex(device), encryptionKey, issuedAt]))

/** What the device signs: that it is this person's, under this name. */
export const recordBytes = ({ user, device, encryptionKey, certificate, name, issuedAt }: Omit<MemberRecord, 'signature'>): Uint8Array<ArrayBuffer> =>
  concat(RECORD_CONTEXT, encodeCbor([fromHex(user), fromHex(device), encryptionKey, certificate, name, ...issuedAt === null ? [] : [issuedAt]]))

/** What the invitation's key signs: nobody else can use the proof, and it is of no use in another room. */
export const proofBytes = (
  roomTag: RoomTag, challenge: Uint8Array, member: Pick<MemberRecord, 'user' | 'device' | 'encryptionKey'>
): Uint8Array<ArrayBuffer> =>
  concat(PROOF_CONTEXT, fromHex(roomTag), challenge, fromHex(member.user), fromHex(member.device), member.encryptionKey)

/** A room's tag is a hash over its creator's device: nobody else can write its first operation. */
export async function computeRoomTag (creator: DeviceKey, salt: Uint8Array): Promise<RoomTag> {
  return toHex((await sha256(concat(ROOM_CONTEXT, fromHex(creator), salt))).subarray(0, 16)) as RoomTag
}

export const computeInviteId = async (publicKey: Uint8Array<ArrayBuffer>): Promise<InviteId> => await inviteIdOf(publicKey)

/** @param devices sorted, as `wrapOrder` does */
export const computeRecipients = async (devices: readonly DeviceKey[]): Promise<Uint8Array<ArrayBuffer>> =>
  await sha256(concat(RECIPIENTS_CONTEXT, ...devices.map(fromHex)))

/** The same without waiting, where a pure function has to know it. */
export const computeRecipientsNow = (devices: readonly DeviceKey[]): Uint8Array => nobleSha256(concat(RECIPIENTS_CONTEXT, ...devices.map(fromHex)))

export const wrapOrder = (devices: Iterable<DeviceKey>): DeviceKey[] => [...devices].sort()
