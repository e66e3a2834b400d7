/**
 * Operations: the entries of a room's log that say who is in it and with which keys. Bodies are CBOR arrays that begin with the number of
 * their type; types this version does not know are kept and passed on, and have no effect.
 */
import { fromHex, toHex, type DeviceKey, type DevTag, type EnvelopeId, type EpochId, type InviteId, type RoomTag, type UserKey } from '#shared/ids.ts'
import { NAME_MAX_CHARS, ROOM_MAX_MEMBERS, ROOM_NAME_MAX_CHARS } from '#shared/limits.ts'
import { decodeCbor, encodeCbor, readArray, readBytes, readText, readUint, WireError, type Cbor } from '#shared/wire/cbor.ts'
import { concat, sha256 } from '#shared/wire/envelope.ts'

export type Role = 'owner' | 'admin' | 'moderator' | 'member' | 'observer'

/** A person and one of their devices, as admitted to a room. The root key vouches for the device by `certificate`. */
export interface MemberRecord {
  user: UserKey
  device: DeviceKey
  /** X25519 public key of the device, 32 bytes: what secrets are wrapped for. */
  encryptionKey: Uint8Array<ArrayBuffer>
  /** Ed25519 signature of the root key over `certifiedBytes`. */
  certificate: Uint8Array<ArrayBuffer>
  name: string
}

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
  ephemeral: Uint8Array<ArrayBuffer>
  wraps: Uint8Array<ArrayBuffer>[]
  /** The previous log secret under the new log key, and the previous message secret under the new message key. */
  previousLogSecret: Uint8Array<ArrayBuffer>
  previousMessageSecret: Uint8Array<ArrayBuffer>
}

export type OperationBody =
  | { type: 'create', salt: Uint8Array<ArrayBuffer>, name: string, creator: MemberRecord }
  | { type: 'add', member: MemberRecord, role: Role, proof: InviteProof }
  | { type: 'remove', user: UserKey, cuts: { devTag: DevTag, seq: number }[], rotation: Rotation }
  | { type: 'invite', inviteId: InviteId, publicKey: Uint8Array<ArrayBuffer>, role: Role, expiresAt: number, maxUses: number | null }
  | { type: 'revoke-invite', inviteId: InviteId }
  | { type: 'rotate', rotation: Rotation }
  /** The author's own new name. */
  | { type: 'profile', name: string }
  /** Of a later version. */
  | { type: 'unknown' }

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

const ROLES: readonly Role[] = ['owner', 'admin', 'moderator', 'member', 'observer']
/** Numbers of the types; 7 to 13 are spoken for by role, adddev, rmdev, enckey, policy, checkpoint and rename. */
const CREATE = 0, ADD = 1, REMOVE = 2, INVITE = 3, REVOKE_INVITE = 4, ROTATE = 5, PROFILE = 6
/** How many fields each type has, its number included. */
const FIELDS_OF: Readonly<Record<number, number>> = { [CREATE]: 4, [ADD]: 6, [REMOVE]: 4, [INVITE]: 6, [REVOKE_INVITE]: 2, [ROTATE]: 2, [PROFILE]: 2 }

const CERTIFICATE_CONTEXT = new TextEncoder().encode('parley/device-certificate/1')
const PROOF_CONTEXT = new TextEncoder().encode('parley/invite-proof/1')
const ROOM_CONTEXT = new TextEncoder().encode('parley/room/1')
const RECIPIENTS_CONTEXT = new TextEncoder().encode('parley/recipients/1')

/** What the root key signs for a device. */
export const certifiedBytes = (device: DeviceKey, encryptionKey: Uint8Array): Uint8Array<ArrayBuffer> =>
  concat(CERTIFICATE_CONTEXT, fromHex(device), encryptionKey)

/** What the invitation's key signs: nobody else can use the proof, and it is of no use in another room. */
export const proofBytes = (roomTag: RoomTag, challenge: Uint8Array, member: Omit<MemberRecord, 'certificate' | 'name'>): Uint8Array<ArrayBuffer> =>
  concat(PROOF_CONTEXT, fromHex(roomTag), challenge, fromHex(member.user), fromHex(member.device), member.encryptionKey)

/** A room's tag is a hash over its creator's device: nobody else can write its first operation. */
export async function computeRoomTag (creator: DeviceKey, salt: Uint8Array): Promise<RoomTag> {
  return toHex((await sha256(concat(ROOM_CONTEXT, fromHex(creator), salt))).subarray(0, 16)) as RoomTag
}

export async function computeInviteId (publicKey: Uint8Array<ArrayBuffer>): Promise<InviteId> {
  return toHex((await sha256(publicKey)).subarray(0, 16)) as InviteId
}

/** @param devices sorted, as `wrapOrder` does */
export const computeRecipients = async (devices: readonly DeviceKey[]): Promise<Uint8Array<ArrayBuffer>> =>
  await sha256(concat(RECIPIENTS_CONTEXT, ...devices.map(fromHex)))

export const wrapOrder = (devices: Iterable<DeviceKey>): DeviceKey[] => [...devices].sort()

export function encodeOperation (body: Exclude<OperationBody, { type: 'unknown' }>): Uint8Array<ArrayBuffer> {
  return encodeCbor(fieldsOf(body))
}

function fieldsOf (body: Exclude<OperationBody, { type: 'unknown' }>): Cbor[] {
  switch (body.type) {
    case 'create': return [CREATE, body.salt, body.name, memberFields(body.creator)]
    case 'add': return [ADD, memberFields(body.member), ROLES.indexOf(body.role), fromHex(body.proof.inviteId), body.proof.challenge, body.proof.signature]
    case 'remove': return [REMOVE, fromHex(body.user), body.cuts.map((cut) => [fromHex(cut.devTag), cut.seq]), rotationFields(body.rotation)]
    case 'invite': return [INVITE, fromHex(body.inviteId), body.publicKey, ROLES.indexOf(body.role), body.expiresAt, body.maxUses]
    case 'revoke-invite': return [REVOKE_INVITE, fromHex(body.inviteId)]
    case 'rotate': return [ROTATE, rotationFields(body.rotation)]
    case 'profile': return [PROFILE, body.name]
  }
}

/** @throws {WireError} */
export function decodeOperation (bytes: Uint8Array): OperationBody {
  const fields = readArray(decodeCbor(bytes), 'operation')
  const type = readUint(fields[0], 'operation-type')
  if (fields.length !== (FIELDS_OF[type] ?? fields.length)) throw new WireError('malformed-operation')
  switch (type) {
    case CREATE: return { type: 'create', salt: readBytes(fields[1], 'salt', 16), name: readText(fields[2], 'room-name', ROOM_NAME_MAX_CHARS), creator: readMember(fields[3]) }
    case ADD: return {
      type: 'add',
      member: readMember(fields[1]),
      role: readRole(fields[2]),
      proof: { inviteId: readId<InviteId>(fields[3], 16), challenge: readBytes(fields[4], 'challenge', 32), signature: readBytes(fields[5], 'proof', 64) }
    }
    case REMOVE: return {
      type: 'remove',
      user: readId<UserKey>(fields[1], 32),
      cuts: readArray(fields[2], 'cuts').map((cut) => {
        const [devTag, seq] = readArray(cut, 'cut', 2)
        return { devTag: readId<DevTag>(devTag, 16), seq: readUint(seq, 'cut-seq') }
      }),
      rotation: readRotation(fields[3])
    }
    case INVITE: return {
      type: 'invite',
      inviteId: readId<InviteId>(fields[1], 16),
      publicKey: readBytes(fields[2], 'invite-key', 32),
      role: readRole(fields[3]),
      expiresAt: readUint(fields[4], 'expires-at'),
      maxUses: fields[5] === null ? null : readUint(fields[5], 'max-uses', 1)
    }
    case REVOKE_INVITE: return { type: 'revoke-invite', inviteId: readId<InviteId>(fields[1], 16) }
    case ROTATE: return { type: 'rotate', rotation: readRotation(fields[1]) }
    case PROFILE: return { type: 'profile', name: readText(fields[1], 'member-name', NAME_MAX_CHARS) }
    default: return { type: 'unknown' }
  }
}

export const memberFields = (member: MemberRecord): Cbor[] =>
  [fromHex(member.user), fromHex(member.device), member.encryptionKey, member.certificate, member.name]

/** @throws {WireError} */
export function readMember (value: unknown): MemberRecord {
  const [user, device, encryptionKey, certificate, name] = readArray(value, 'member', 5)
  return {
    user: readId<UserKey>(user, 32),
    device: readId<DeviceKey>(device, 32),
    encryptionKey: readBytes(encryptionKey, 'encryption-key', 32),
    certificate: readBytes(certificate, 'certificate', 64),
    name: readText(name, 'member-name', NAME_MAX_CHARS)
  }
}

const rotationFields = (rotation: Rotation): Cbor[] => [
  fromHex(rotation.epochId), fromHex(rotation.previous), rotation.recipients, rotation.ephemeral, rotation.wraps,
  rotation.previousLogSecret, rotation.previousMessageSecret
]

function readRotation (value: unknown): Rotation {
  const [epochId, previous, recipients, ephemeral, wraps, previousLogSecret, previousMessageSecret] = readArray(value, 'rotation', 7)
  const wrapList = readArray(wraps, 'wraps')
  if (wrapList.length > ROOM_MAX_MEMBERS) throw new WireError('too-many-wraps')
  return {
    epochId: readId<EpochId>(epochId, 16),
    previous: readId<EpochId>(previous, 16),
    recipients: readBytes(recipients, 'recipients', 32),
    ephemeral: readBytes(ephemeral, 'ephemeral', 32),
    wraps: wrapList.map((wrap) => readBytes(wrap, 'wrap', 48)),
    previousLogSecret: readBytes(previousLogSecret, 'previous-log-secret', 60),
    previousMessageSecret: readBytes(previousMessageSecret, 'previous-message-secret', 60)
  }
}

const readId = <Id extends string>(value: unknown, length: number): Id => toHex(readBytes(value, 'id', length)) as Id

function readRole (value: unknown): Role {
  const role = ROLES[readUint(value, 'role')]
  if (role === undefined) throw new WireError('unknown-role')
  return role
}
