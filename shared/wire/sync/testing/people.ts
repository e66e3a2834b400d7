/** Alice, Bob and Carol: real keys, real signatures, bodies that look sealed. */
import { fromHex, toHex, type DeviceKey, type DevTag, type EpochId, type RoomTag } from '../../../ids.ts'
import {
  assembleEnvelope, computeDevTag, encodeHeader, markVerified, signedBytes, type EnvelopeHeader, type EnvelopeKind, type VerifiedEnvelope
} from '../../envelope.ts'
import { createMemberAccess, deriveAccessKey, type Access, type AccessKeyPair } from '../access.ts'

export const ROOM = '00112233445566778899aabbccddeeff' as RoomTag
export const EPOCH = 'e0e1e2e3e4e5e6e7e8e9eaebecedeeefe0e1e2e3e4e5e6e7e8e9eaebecedeeef' as EpochId
const START = 1_790_000_000_000

export interface Writing {
  kind?: EnvelopeKind
  /** Bytes of ciphertext; default 144, a short message after padding and the tag. */
  bytes?: number
  lamport?: number
  sentAt?: number
}

export interface Person {
  device: DeviceKey
  /** Raw public key. */
  key: Uint8Array<ArrayBuffer>
  keys: CryptoKeyPair
  devTag: DevTag
  /** The log, oldest first. */
  log: VerifiedEnvelope[]
  write (writing?: Writing): Promise<VerifiedEnvelope>
  writeMany (count: number, writing?: Writing): Promise<VerifiedEnvelope[]>
  /** Goes on from another entry, as a device that was restored from a backup does: equivocation. */
  writeAfter (before: VerifiedEnvelope | null, writing?: Writing): Promise<VerifiedEnvelope>
  access (room: AccessKeyPair, options?: { epochId?: EpochId, decide?: (remoteKey: Uint8Array) => boolean | undefined }): Access
}

export const roomKeys = async (fill = 7): Promise<AccessKeyPair> => await deriveAccessKey(new Uint8Array(32).fill(fill))

export async function createPerson (roomTag: RoomTag = ROOM): Promise<Person> {
  const keys = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  const key = new Uint8Array(await crypto.subtle.exportKey('raw', keys.publicKey))
  const device = toHex(key) as DeviceKey
  const devTag = computeDevTag(roomTag, device)
  const log: VerifiedEnvelope[] = []

  async function writeAfter (before: VerifiedEnvelope | null, { kind = 'message', bytes = 144, lamport, sentAt }: Writing = {}): Promise<VerifiedEnvelope> {
    const seq = (before?.header.seq ?? 0) + 1
    const header: EnvelopeHeader = {
      kind, roomTag, devTag, seq, prev: before?.id ?? null,
      lamport: lamport ?? (before?.header.lamport ?? 0) + 1,
      sentAt: sentAt ?? START + seq * 1000,
      epochId: EPOCH,
      heads: []
    }
    const body = { nonce: crypto.getRandomValues(new Uint8Array(12)), ciphertext: crypto.getRandomValues(new Uint8Array(bytes)) }
    const unsigned = await assembleEnvelope({ header, headerBytes: encodeHeader(header), body, signature: new Uint8Array(64) })
    const signature = new Uint8Array(await crypto.subtle.sign('Ed25519', keys.privateKey, signedBytes(unsigned.id)))
    return markVerified({ ...unsigned, signature }, device)
  }

  async function write (writing?: Writing): Promise<VerifiedEnvelope> {
    const entry = await writeAfter(log.at(-1) ?? null, writing)
    log.push(entry)
    return entry
  }

  return {
    device, key, keys, devTag, log, write, writeAfter,
    async writeMany (count, writing) {
      const written: VerifiedEnvelope[] = []
      for (let i = 0; i < count; i++) written.push(await write(writing))
      return written
    },
    access: (room, { epochId = EPOCH, decide } = {}) =>
      createMemberAccess({ roomTag, epochId: () => epochId, keys: room, localKey: fromHex(device), ...(decide && { decide }) })
  }
}
