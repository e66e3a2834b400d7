/**
 * Operations as bytes: CBOR arrays that begin with the number of their type. Types this version does not know are kept and passed on, and
 * have no effect; a known type has exactly its fields, since what a hash or signature covers must be read.
 */
import { fromHex, toHex, type DeviceKey, type DevTag, type EnvelopeId, type InviteId, type RoomTag, type UserKey } from '#shared/ids.ts'
import { DEVICE_LIST_MAX_BYTES, NAME_MAX_CHARS, ROOM_NAME_MAX_CHARS, ROOM_TOPIC_MAX_CHARS, ROTATION_MAX_HANDED, ROTATION_MAX_WRAPS } from '#shared/limits.ts'
import { decodeCbor, encodeCbor, readArray, readBytes, readText, readUint, WireError, type Cbor } from '#shared/wire/cbor.ts'
import { readEpochId } from '#shared/wire/epoch-id.ts'
import { decodeDeviceList, encodeDeviceList, type DeviceList } from '../../identity/device-list.ts'
import { ROLES, type Cut, type KnownBody, type MemberRecord, type OperationBody, type Role, type RoomKind, type RoomPolicy, type Rotation } from './operations.ts'

const CREATE = 0, ADD = 1, REMOVE = 2, INVITE = 3, REVOKE_INVITE = 4, ROTATE = 5, PROFILE = 6, ROLE = 7, ADDDEV = 8, RMDEV = 9
/** 12 is spoken for by checkpoint. */
const ENCKEY = 10, POLICY = 11, RENAME = 13, MUTE = 14, UNBAN = 15, PARTY = 16, VOICE = 17, DEVICES = 18
const OFFER_ROOM = 19, REPLY_OFFER = 20, HAND_OVER = 21, CONTINUE = 22
/** An epoch's id, log secret and commitment, with what CBOR and the seal add. */
const HANDED_MAX_BYTES = ROTATION_MAX_HANDED * 119 + 31
const KINDS: readonly RoomKind[] = ['group', 'direct', 'party']
const HISTORIES: readonly RoomPolicy['history'][] = ['everything', 'since-joining']
const INVITERS: readonly RoomPolicy['invites'][] = ['members', 'moderators']

export const encodeOperation = (body: KnownBody): Uint8Array<ArrayBuffer> => encodeCbor(fieldsOf(body))

function fieldsOf (body: KnownBody): Cbor[] {
  switch (body.type) {
    case 'create': return [
      CREATE, body.salt, KINDS.indexOf(body.kind), body.name, body.topic, idField(body.peer), idField(body.parent), policyFields(body.policy),
      memberFields(body.creator)
    ]
    case 'add': {
      const { proof } = body
      const proven = proof === null ? null : [fromHex(proof.inviteId), proof.challenge, proof.signature]
      return [ADD, memberFields(body.member), ROLES.indexOf(body.role), proven, ...namedFields(body.announcement)]
    }
    case 'remove': return [
      REMOVE, fromHex(body.user), body.isBan, cutFields(body.cuts), body.rotation === null ? null : rotationFields(body.rotation)
    ]
    case 'invite': return [
      INVITE, fromHex(body.inviteId), body.publicKey, ROLES.indexOf(body.role), body.expiresAt, body.maxUses, body.needsApproval
    ]
    case 'revoke-invite': return [REVOKE_INVITE, fromHex(body.inviteId), ...namedFields(body.announcement)]
    case 'rotate': return [ROTATE, rotationFields(body.rotation)]
    case 'profile': return [PROFILE, body.name]
    case 'role': return [ROLE, fromHex(body.user), ROLES.indexOf(body.role), cutFields(body.cuts)]
    case 'adddev': return [ADDDEV, memberFields(body.member)]
    case 'rmdev': return [RMDEV, fromHex(body.device), body.cut, rotationFields(body.rotation)]
    case 'enckey': return [ENCKEY, body.encryptionKey, ...body.renewed === undefined ? [] : [body.renewed.issuedAt, body.renewed.certificate]]
    case 'policy': return [POLICY, policyFields(body.policy)]
    case 'rename': return [RENAME, body.name, body.topic]
    case 'mute': return [MUTE, fromHex(body.user), body.until, cutFields(body.cuts)]
    case 'unban': return [UNBAN, fromHex(body.user)]
    case 'devices': return [DEVICES, encodeDeviceList(body.list)]
    case 'offer-room': return [OFFER_ROOM, idField(body.user)]
    case 'reply-offer': return [REPLY_OFFER, fromHex(body.creator), fromHex(body.offer), body.accepts]
    case 'hand-over': return [HAND_OVER, fromHex(body.user), fromHex(body.consent)]
    case 'continue': return [CONTINUE, fromHex(body.childTag), body.name, body.inviteSecret, body.access, body.expiresAt]
    case 'party': return [body.isVoice ? VOICE : PARTY, fromHex(body.childTag), body.name, body.inviteSecret]
  }
}

/** Operations of the first edition do not say it. */
const namedFields = (announcement: EnvelopeId | undefined): Cbor[] => announcement === undefined ? [] : [fromHex(announcement)]

type Reader = (fields: readonly unknown[]) => OperationBody

/** By the number of the type: how many fields it has, its number included (of some there is an older form), and how they are read. */
const READERS: Readonly<Record<number, { length: number | readonly number[], read: Reader }>> = {
  [CREATE]: { length: 9, read: (fields) => ({
    type: 'create',
    salt: readBytes(fields[1], 'salt', 16),
    kind: readChoice(fields[2], 'kind', KINDS),
    name: readName(fields[3], 'room-name', ROOM_NAME_MAX_CHARS),
    topic: readTopic(fields[4]),
    peer: readIdOrNull<UserKey>(fields[5], 32),
    parent: readIdOrNull<RoomTag>(fields[6], 16),
    policy: readPolicy(fields[7]),
    creator: readMember(fields[8])
  }) },
  [ADD]: { length: [4, 5], read: (fields) => {
    const proof = readProof(fields[3])
    if (proof === null && fields.length > 4) throw new WireError('malformed-operation')
    return { type: 'add', member: readMember(fields[1]), role: readRole(fields[2]), proof, ...readAnnouncement(fields[4]) }
  } },
  [REMOVE]: { length: 5, read: (fields) => ({
    type: 'remove', user: readId(fields[1], 32), isBan: readBoolean(fields[2], 'is-ban'), cuts: readCuts(fields[3]),
    rotation: fields[4] === null ? null : readRotation(fields[4])
  }) },
  [INVITE]: { length: 7, read: (fields) => ({
    type: 'invite',
    inviteId: readId<InviteId>(fields[1], 16),
    publicKey: readBytes(fields[2], 'invite-key', 32),
    role: readRole(fields[3]),
    expiresAt: readUint(fields[4], 'expires-at'),
    maxUses: fields[5] === null ? null : readUint(fields[5], 'max-uses', 1),
    needsApproval: readBoolean(fields[6], 'needs-approval')
  }) },
  [REVOKE_INVITE]: { length: [2, 3], read: (fields) => ({
    type: 'revoke-invite', inviteId: readId<InviteId>(fields[1], 16), ...readAnnouncement(fields[2])
  }) },
  [ROTATE]: { length: 2, read: (fields) => ({ type: 'rotate', rotation: readRotation(fields[1]) }) },
  [PROFILE]: { length: 2, read: (fields) => ({ type: 'profile', name: readName(fields[1], 'member-name', NAME_MAX_CHARS) }) },
  [ROLE]: { length: 4, read: (fields) => ({ type: 'role', user: readId(fields[1], 32), role: readRole(fields[2]), cuts: readCuts(fields[3]) }) },
  [ADDDEV]: { length: 2, read: (fields) => ({ type: 'adddev', member: readMember(fields[1]) }) },
  [RMDEV]: { length: 4, read: (fields) => ({
    type: 'rmdev', device: readId<DeviceKey>(fields[1], 32), cut: readUint(fields[2], 'cut-seq'), rotation: readRotation(fields[3])
  }) },
  [ENCKEY]: { length: [2, 4], read: (fields) => ({
    type: 'enckey', encryptionKey: readBytes(fields[1], 'encryption-key', 32),
    ...fields.length === 4 && { renewed: { issuedAt: readUint(fields[2], 'issued-at'), certificate: readBytes(fields[3], 'certificate', 64) } }
  }) },
  [POLICY]: { length: 2, read: (fields) => ({ type: 'policy', policy: readPolicy(fields[1]) }) },
  [RENAME]: { length: 3, read: (fields) => ({ type: 'rename', name: readName(fields[1], 'room-name', ROOM_NAME_MAX_CHARS), topic: readTopic(fields[2]) }) },
  [MUTE]: { length: 4, read: (fields) => ({
    type: 'mute', user: readId(fields[1], 32), until: fields[2] === null ? null : readUint(fields[2], 'until'), cuts: readCuts(fields[3])
  }) },
  [UNBAN]: { length: 2, read: (fields) => ({ type: 'unban', user: readId(fields[1], 32) }) },
  [OFFER_ROOM]: { length: 2, read: (fields) => ({ type: 'offer-room', user: readIdOrNull<UserKey>(fields[1], 32) }) },
  [REPLY_OFFER]: { length: 4, read: (fields) => ({
    type: 'reply-offer', creator: readId<UserKey>(fields[1], 32), offer: readId<EnvelopeId>(fields[2], 32), accepts: readBoolean(fields[3], 'accepts')
  }) },
  [HAND_OVER]: { length: 3, read: (fields) => ({ type: 'hand-over', user: readId<UserKey>(fields[1], 32), consent: readId<EnvelopeId>(fields[2], 32) }) },
  [CONTINUE]: { length: 6, read: (fields) => ({
    type: 'continue', childTag: readId<RoomTag>(fields[1], 16), name: readName(fields[2], 'room-name', ROOM_NAME_MAX_CHARS),
    inviteSecret: readBytes(fields[3], 'invite-secret', 16), access: readBytes(fields[4], 'access', 16), expiresAt: readUint(fields[5], 'expires-at')
  }) },
  [PARTY]: { length: 4, read: (fields) => readParty(fields, false) },
  [DEVICES]: { length: 2, read: (fields) => ({ type: 'devices', list: decodeDeviceList(readBytes(fields[1], 'device-list', undefined, DEVICE_LIST_MAX_BYTES)) }) },
  // A type of its own: who does not know voice rooms sees none, instead of an operation with a field too many.
  [VOICE]: { length: 4, read: (fields) => readParty(fields, true) }
}

const readAnnouncement = (field: unknown): { announcement?: EnvelopeId } => field === undefined ? {} : { announcement: readId<EnvelopeId>(field, 32) }

const readParty = (fields: readonly unknown[], isVoice: boolean): OperationBody => ({
  type: 'party', childTag: readId<RoomTag>(fields[1], 16), name: readName(fields[2], 'room-name', ROOM_NAME_MAX_CHARS),
  inviteSecret: fields[3] === null ? null : readBytes(fields[3], 'invite-secret', 16), isVoice
})

/** @throws {WireError} */
export function decodeOperation (bytes: Uint8Array): OperationBody {
  const fields = readArray(decodeCbor(bytes), 'operation')
  const reader = READERS[readUint(fields[0], 'operation-type')]
  if (reader === undefined) return { type: 'unknown' }
  if (![reader.length].flat().includes(fields.length)) throw new WireError('malformed-operation')
  return reader.read(fields)
}

export const memberFields = ({ user, device, encryptionKey, certificate, name, signature, issuedAt }: MemberRecord): Cbor[] =>
  [fromHex(user), fromHex(device), encryptionKey, certificate, name, signature, ...issuedAt === null ? [] : [issuedAt]]

/** Records of protocol 2 have six fields: their certificates are not dated. @throws {WireError} */
export function readMember (value: unknown): MemberRecord {
  const fields = readArray(value, 'member')
  if (fields.length !== 6 && fields.length !== 7) throw new WireError('malformed-member')
  const [user, device, encryptionKey, certificate, name, signature, issuedAt] = fields
  return {
    user: readId<UserKey>(user, 32),
    device: readId<DeviceKey>(device, 32),
    encryptionKey: readBytes(encryptionKey, 'encryption-key', 32),
    certificate: readBytes(certificate, 'certificate', 64),
    issuedAt: fields.length === 7 ? readUint(issuedAt, 'issued-at') : null,
    name: readName(name, 'member-name', NAME_MAX_CHARS),
    signature: readBytes(signature, 'record-signature', 64)
  }
}

/** A device's record as it is shown to whoever may let it in, with the newest list of its person's devices that it has. */
export interface ShownRecord extends MemberRecord { list?: DeviceList | null }

export const encodeShown = ({ list, ...member }: ShownRecord): Uint8Array<ArrayBuffer> =>
  encodeCbor([memberFields(member), list == null ? null : encodeDeviceList(list)])

/** @throws {WireError} */
export function decodeShown (bytes: Uint8Array): ShownRecord {
  const [member, list] = readArray(decodeCbor(bytes), 'shown-record', 2)
  return { ...readMember(member), list: list === null ? null : decodeDeviceList(readBytes(list, 'device-list', undefined, DEVICE_LIST_MAX_BYTES)) }
}

/** Control characters, and those that turn the direction of text around or cannot be seen: a name with them could pass for another. */
const DECEIVING = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufff9-\ufffb]/u

/** RULE: a name is not empty, has no space around it, and nothing in it that hides or reorders what people see. */
export const isCleanName = (name: string): boolean => name !== '' && name === name.trim() && !DECEIVING.test(name)

function readName (value: unknown, field: string, maxChars: number): string {
  const name = readText(value, field, maxChars)
  if (!isCleanName(name)) throw new WireError(`malformed-${field}`)
  return name
}

function readTopic (value: unknown): string {
  const topic = readText(value, 'topic', ROOM_TOPIC_MAX_CHARS)
  if (topic !== '' && !isCleanName(topic)) throw new WireError('malformed-topic')
  return topic
}

function readProof (value: unknown): { inviteId: InviteId, challenge: Uint8Array<ArrayBuffer>, signature: Uint8Array<ArrayBuffer> } | null {
  if (value === null) return null
  const [inviteId, challenge, signature] = readArray(value, 'proof', 3)
  return { inviteId: readId<InviteId>(inviteId, 16), challenge: readBytes(challenge, 'challenge', 32), signature: readBytes(signature, 'proof', 64) }
}

const policyFields = (policy: RoomPolicy): Cbor[] =>
  [policy.slowModeMs, HISTORIES.indexOf(policy.history), policy.retentionMs, policy.retentionCount, INVITERS.indexOf(policy.invites)]

function readPolicy (value: unknown): RoomPolicy {
  const [slowModeMs, history, retentionMs, retentionCount, invites] = readArray(value, 'policy', 5)
  return {
    slowModeMs: readUint(slowModeMs, 'slow-mode'),
    history: readChoice(history, 'history', HISTORIES),
    retentionMs: retentionMs === null ? null : readUint(retentionMs, 'retention', 1),
    retentionCount: retentionCount === null ? null : readUint(retentionCount, 'retention', 1),
    invites: readChoice(invites, 'inviters', INVITERS)
  }
}

const cutFields = (cuts: readonly Cut[]): Cbor[] => cuts.map(({ devTag, seq }) => [fromHex(devTag), seq])

const readCuts = (value: unknown): Cut[] => readArray(value, 'cuts').map((cut) => {
  const [devTag, seq] = readArray(cut, 'cut', 2)
  return { devTag: readId<DevTag>(devTag, 16), seq: readUint(seq, 'cut-seq') }
})

const rotationFields = (rotation: Rotation): Cbor[] => [
  fromHex(rotation.epochId), fromHex(rotation.previous), rotation.recipients, rotation.ephemeral, rotation.wraps,
  rotation.previousLogSecret, rotation.previousMessageSecret, ...rotation.handed === undefined ? [] : [rotation.handed]
]

function readRotation (value: unknown): Rotation {
  const fields = readArray(value, 'rotation')
  if (fields.length !== 7 && fields.length !== 8) throw new WireError('malformed-rotation')
  const [epochId, previous, recipients, ephemeral, wraps, previousLogSecret, previousMessageSecret, handed] = fields
  const wrapList = readArray(wraps, 'wraps')
  if (wrapList.length > ROTATION_MAX_WRAPS) throw new WireError('too-many-wraps')
  return {
    epochId: readEpochId(epochId),
    previous: readEpochId(previous),
    recipients: readBytes(recipients, 'recipients', 32),
    ephemeral: readBytes(ephemeral, 'ephemeral', 32),
    wraps: wrapList.map((wrap) => readBytes(wrap, 'wrap', 48)),
    previousLogSecret: readBytes(previousLogSecret, 'previous-log-secret', 60),
    previousMessageSecret: readBytes(previousMessageSecret, 'previous-message-secret', 60),
    ...fields.length === 8 && { handed: handed === null ? null : readBytes(handed, 'handed', undefined, HANDED_MAX_BYTES) }
  }
}

const readId = <Id extends string>(value: unknown, length: number): Id => toHex(readBytes(value, 'id', length)) as Id
const readIdOrNull = <Id extends string>(value: unknown, length: number): Id | null => value === null ? null : readId<Id>(value, length)
const idField = (id: string | null): Cbor => id === null ? null : fromHex(id)
const readRole = (value: unknown): Role => readChoice(value, 'role', ROLES)

function readChoice<Choice> (value: unknown, field: string, choices: readonly Choice[]): Choice {
  const choice = choices[readUint(value, field)]
  if (choice === undefined) throw new WireError(`unknown-${field}`)
  return choice
}

function readBoolean (value: unknown, field: string): boolean {
  if (typeof value !== 'boolean') throw new WireError(`malformed-${field}`)
  return value
}
