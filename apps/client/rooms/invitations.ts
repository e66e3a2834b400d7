/** Invitations of one room: made here, asked for by links, answered by whoever may admit. */
import { decodeCbor, encodeCbor, readArray, readBytes, WireError } from '#shared/wire/cbor.ts'
import { concat, encodeEnvelope, NONCE_BYTES, decodeEnvelope, verifyEnvelope, type VerifiedEnvelope } from '#shared/wire/envelope.ts'
import type { ErrorCode } from '#shared/errors.ts'
import { fromHex, toHex, type DeviceKey, type EpochId, type InviteId, type RoomTag } from '#shared/ids.ts'
import { ROOM_MAX_MEMBERS } from '#shared/limits.ts'
import { keyPairFromSecret, unwrapFor, wrapFor, type SecretEpochParts } from '../crypto/index.ts'
import type { Admission, JoinProof, Welcome } from '../protocols/join/index.ts'
import { isCertified, isProven } from './check-operation.ts'
import { memberFields, readMember } from './membership/operation-codec.ts'
import { computeInviteId, proofBytes, type MemberRecord } from './membership/operations.ts'
import { memberOf } from './membership/resolve.ts'
import type { RoomLog } from './room-log.ts'

const INVITE_CONTEXT = 'parley/invite/1'
const WELCOME_NONCE = new Uint8Array(NONCE_BYTES)

export async function inviteKeys (secret: Uint8Array<ArrayBuffer>): Promise<{ id: InviteId, privateKey: CryptoKey, publicKey: Uint8Array<ArrayBuffer> }> {
  const { privateKey, publicKey } = await keyPairFromSecret(secret, INVITE_CONTEXT)
  return { id: await computeInviteId(publicKey), privateKey, publicKey }
}

/** The joiner's answer to a challenge. */
export async function proveInvite (
  secret: Uint8Array<ArrayBuffer>, roomTag: RoomTag, challenge: Uint8Array<ArrayBuffer>, member: MemberRecord
): Promise<JoinProof> {
  const { privateKey } = await inviteKeys(secret)
  const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, proofBytes(roomTag, challenge, member)))
  return { member: encodeCbor(memberFields(member)), signature }
}

/** What a room answers somebody who asks with one of its invitations. */
export function createAdmission (log: RoomLog, inviteId: InviteId, joiner: DeviceKey, now: () => number): Admission {
  const check = (): ErrorCode | null => {
    const { invites, members } = log.membership.value
    const invite = invites.get(inviteId)
    if (invite === undefined) return 'invite-refused'
    if (memberOf(log.membership.value, joiner) !== null) return null
    if (invite.isRevoked) return 'invite-revoked'
    if (now() > invite.expiresAt) return 'invite-expired'
    if (invite.maxUses !== null && invite.uses >= invite.maxUses) return 'invite-used-up'
    return members.size >= ROOM_MAX_MEMBERS ? 'room-full' : null
  }
  return {
    check,
    async admit (challenge, { member: memberBytes, signature }) {
      const member = readMember(decodeCbor(memberBytes))
      const invite = log.membership.value.invites.get(inviteId)
      const proof = { inviteId, challenge, signature }
      if (invite === undefined || member.device !== joiner) return 'invite-refused'
      if (!await isCertified(member) || !await isProven(proof, invite.publicKey, log.roomTag, member)) return 'invite-refused'
      if (memberOf(log.membership.value, joiner) === null) {
        const refusal = check()
        if (refusal !== null) return refusal
        await log.writeOperation({ type: 'add', member, role: invite.role, proof })
      }
      return await welcome(log, member)
    }
  }
}

async function welcome (log: RoomLog, member: MemberRecord): Promise<Welcome> {
  const key = crypto.getRandomValues(new Uint8Array(32))
  const { ephemeral, wraps } = await wrapFor([member.encryptionKey], key, `welcome/${log.roomTag}`)
  const keys = encodeCbor(log.keyring.all().map(({ parts }) =>
    [fromHex(parts.epochId), parts.logSecret, parts.messageSecret ?? parts.messageCommitment, parts.messageSecret !== null]))
  const aes = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt'])
  const sealedKeys = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv: WELCOME_NONCE }, aes, keys))
  const entries = log.operations.all().map((envelope) => ({ envelope: encodeEnvelope(envelope), device: envelope.device }))
  return { ephemeral, wrap: concat(...wraps), sealedKeys, entries }
}

/** Opens a welcome. @throws {WireError} when it is not for this device or not what a member gives (rejects) */
export async function openWelcome (
  { ephemeral, wrap, sealedKeys, entries }: Welcome, roomTag: RoomTag, encryption: CryptoKeyPair
): Promise<{ secrets: SecretEpochParts[], entries: VerifiedEnvelope[] }> {
  const key = await unwrapFor(encryption, ephemeral, wrap, `welcome/${roomTag}`)
  const aes = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt'])
  let keys: Uint8Array
  try {
    keys = new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: WELCOME_NONCE }, aes, sealedKeys))
  } catch (cause) {
    throw new WireError('undecryptable-welcome', { cause })
  }
  const secrets = await Promise.all(readArray(decodeCbor(keys), 'keys').map(readSecrets))
  const verified: VerifiedEnvelope[] = []
  for (const { envelope, device } of entries) {
    const decoded = await decodeEnvelope(envelope)
    if (decoded.header.roomTag !== roomTag || decoded.header.kind !== 'operation') throw new WireError('foreign-entry')
    verified.push(await verifyEnvelope(decoded, device))
  }
  return { secrets, entries: verified }
}

async function readSecrets (value: unknown): Promise<SecretEpochParts> {
  const [epochId, logSecret, message, isSecret] = readArray(value, 'epoch-secrets', 4)
  const messageBytes = readBytes(message, 'message-secret', 32)
  return {
    epochId: toHex(readBytes(epochId, 'epoch-id', 16)) as EpochId,
    logSecret: readBytes(logSecret, 'log-secret', 32),
    messageSecret: isSecret === true ? messageBytes : null,
    messageCommitment: isSecret === true ? new Uint8Array(await crypto.subtle.digest('SHA-256', messageBytes)) : messageBytes
  }
}

