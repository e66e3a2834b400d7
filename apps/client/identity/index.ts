/**
 * Who this device and its person are: device key (libp2p PeerId and signer of everything), encryption key, and the root key that vouches
 * for both. Private halves never leave WebCrypto; the root key's entropy rests in the vault and is used only to certify a device.
 *
 * @example
 *   const device = await loadDevice(database)
 *   const person = await personOf(profile, device)
 *   const record = await describeDevice(person, device, 'Amber Otter 42')
 */
import { ParleyError } from '#shared/errors.ts'
import { toHex, type DeviceKey, type UserKey } from '#shared/ids.ts'
import { createEncryptionKey, hkdf } from '../crypto/index.ts'
import { certifiedBytes, recordBytes, type MemberRecord, type Renewal } from '../rooms/membership/operations.ts'
import type { Database, ProfileRecord } from '../store/index.ts'
import { dayOf } from './certificate.ts'
import { loadEncryptionKeys, type EncryptionKeys } from './encryption-keys.ts'
import { signByRoot, userKeyOf } from './root-key.ts'

export { ENCRYPTION_KEY_MAX_AGE_MS, type EncryptionKeys } from './encryption-keys.ts'
export { createRootEntropy, ROOT_ENTROPY_BYTES, userKeyOf } from './root-key.ts'

const BACKUP_CONTEXT = 'parley/backup-key/1'

export interface Device {
  key: DeviceKey
  /** Ed25519; the private half cannot be read. */
  signing: CryptoKeyPair
  /** Raw public half of the X25519 key that the certificate names, and that rooms are entered with. */
  encryptionKey: Uint8Array<ArrayBuffer>
  /** That key and those that followed it; the private halves cannot be read. */
  encryption: EncryptionKeys
  /** Returns a number above all it has returned, over restarts too: what this device sends that nobody stores is told from a recording by it. */
  nextCount: () => number
}

/** The keys of this device, made on first use. @throws {ParleyError} `storage-denied`, `storage-full` (rejects) */
export async function loadDevice (database: Database): Promise<Device> {
  const signing = await loadPair(database, 'device', async () =>
    await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']))
  const encryption = await loadPair(database, 'encryption', createEncryptionKey)
  return {
    key: toHex(new Uint8Array(await crypto.subtle.exportKey('raw', signing.publicKey))) as DeviceKey,
    signing,
    encryption: await loadEncryptionKeys(database, encryption),
    encryptionKey: new Uint8Array(await crypto.subtle.exportKey('raw', encryption.publicKey)),
    nextCount: await loadCounter(database)
  }
}

/** Frames that a device may send between two starts, at the most, where its clock was set back. */
const COUNTS_PER_START = 2 ** 24
/** Year 2096: a clock further ahead may not use up the numbers. */
const CLOCK_MAX_MS = 4e12

/** One write per start: from the clock alone, a device whose clock is set back would begin below what others have seen. */
async function loadCounter (database: Database): Promise<() => number> {
  const last = Number(await database.loadKey('counts') ?? 0)
  let count = Math.max(Math.min(Date.now(), CLOCK_MAX_MS) * 1000, last + COUNTS_PER_START)
  await database.saveKey('counts', count).catch((error: unknown) => {
    // A full disk keeps nobody out, and a clock that is right suffices.
    if (!(error instanceof ParleyError)) throw error
  })
  return () => ++count
}

async function loadPair (database: Database, name: string, create: () => Promise<CryptoKeyPair>): Promise<CryptoKeyPair> {
  const stored = await database.loadKey(name) as CryptoKeyPair | null
  if (stored !== null) return stored
  const pair = await create()
  await database.saveKey(name, pair)
  return pair
}

/** Whose device this is: what a room, a backup and another device of the same person need to know. */
export interface Person {
  userKey: UserKey
  /** The root key's word that this device is this person's, 64 bytes. */
  certificate: Uint8Array<ArrayBuffer>
  /** When that was given, Unix ms; null in a certificate of protocol 2. */
  issuedAt: number | null
  /** 32 bytes: seals the person's backup. Every device of the person has it. Secret. */
  backupKey: Uint8Array<ArrayBuffer>
  /** 16 bytes; null on a device that was linked by another: it cannot vouch for further ones. Secret. */
  rootEntropy: Uint8Array<ArrayBuffer> | null
}

/** The person that a profile is of, on this device. A device that holds the root key certifies itself. @param now Unix ms */
export async function personOf ({ rootEntropy, linked }: Pick<ProfileRecord, 'rootEntropy' | 'linked'>, device: Device, now = Date.now()): Promise<Person> {
  if (rootEntropy !== null) {
    return {
      userKey: await userKeyOf(rootEntropy),
      ...await certify(rootEntropy, device.key, device.encryptionKey, now),
      backupKey: await backupKeyOf(rootEntropy),
      rootEntropy
    }
  }
  if (linked == null) throw new Error('a profile without a root key was linked')
  return { ...linked, issuedAt: linked.issuedAt ?? null, rootEntropy: null }
}

export const backupKeyOf = async (rootEntropy: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> => await hkdf(rootEntropy, BACKUP_CONTEXT)

/** The root key's word for a device: only a device that holds the root key can give it. @param issuedAt null as protocol 2 gave it */
export async function certifyKeys (
  rootEntropy: Uint8Array<ArrayBuffer>, device: DeviceKey, encryptionKey: Uint8Array<ArrayBuffer>, issuedAt: number | null
): Promise<Uint8Array<ArrayBuffer>> {
  return await signByRoot(rootEntropy, certifiedBytes({ device, encryptionKey, issuedAt }))
}

/** As `certifyKeys`, dated today. */
export async function certify (
  rootEntropy: Uint8Array<ArrayBuffer>, device: DeviceKey, encryptionKey: Uint8Array<ArrayBuffer>, now: number
): Promise<Renewal> {
  const issuedAt = dayOf(now)
  return { issuedAt, certificate: await certifyKeys(rootEntropy, device, encryptionKey, issuedAt) }
}

/** What a room is told about this device: the root key's word that it is this person's, and the device's own. */
export async function describeDevice (
  { userKey, certificate, issuedAt }: Pick<Person, 'userKey' | 'certificate' | 'issuedAt'>, device: Device, name: string
): Promise<MemberRecord> {
  const record = { user: userKey, device: device.key, encryptionKey: device.encryptionKey, certificate, issuedAt, name }
  return { ...record, signature: new Uint8Array(await crypto.subtle.sign('Ed25519', device.signing.privateKey, recordBytes(record))) }
}

/** As `describeDevice`, for a person that has only just begun. */
export async function certifyDevice (rootEntropy: Uint8Array<ArrayBuffer>, device: Device, name: string, now = Date.now()): Promise<MemberRecord> {
  return await describeDevice(await personOf({ rootEntropy, linked: null }, device, now), device, name)
}
