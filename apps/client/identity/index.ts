/**
 * Who this device and its person are: device key (libp2p PeerId and signer of everything), encryption key, and the root key that vouches
 * for both. Private halves never leave WebCrypto; the root key's entropy rests in the vault and is used only to certify a device.
 *
 * @example
 *   const device = await loadDevice(database)
 *   const record = await certifyDevice(rootEntropy, device, 'Amber Otter 42')
 */
import { toHex, type DeviceKey, type UserKey } from '#shared/ids.ts'
import { createEncryptionKey, keyPairFromSecret } from '../crypto/index.ts'
import { certifiedBytes, type MemberRecord } from '../rooms/membership/operations.ts'
import type { Database } from '../store/index.ts'

/** 128 bits: twelve words. */
export const ROOT_ENTROPY_BYTES = 16
const ROOT_CONTEXT = 'parley/root-key/1'

export interface Device {
  key: DeviceKey
  /** Ed25519; the private half cannot be read. */
  signing: CryptoKeyPair
  /** X25519; the private half cannot be read. */
  encryption: CryptoKeyPair
  /** Raw public half of `encryption`. */
  encryptionKey: Uint8Array<ArrayBuffer>
}

/** The keys of this device, made on first use. @throws {ParleyError} `storage-denied`, `storage-full` (rejects) */
export async function loadDevice (database: Database): Promise<Device> {
  const signing = await loadPair(database, 'device', async () =>
    await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']))
  const encryption = await loadPair(database, 'encryption', createEncryptionKey)
  return {
    key: toHex(new Uint8Array(await crypto.subtle.exportKey('raw', signing.publicKey))) as DeviceKey,
    signing,
    encryption,
    encryptionKey: new Uint8Array(await crypto.subtle.exportKey('raw', encryption.publicKey))
  }
}

async function loadPair (database: Database, name: string, create: () => Promise<CryptoKeyPair>): Promise<CryptoKeyPair> {
  const stored = await database.loadKey(name) as CryptoKeyPair | null
  if (stored !== null) return stored
  const pair = await create()
  await database.saveKey(name, pair)
  return pair
}

export const createRootEntropy = (): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(ROOT_ENTROPY_BYTES))

export async function userKeyOf (rootEntropy: Uint8Array<ArrayBuffer>): Promise<UserKey> {
  return (await keyPairFromSecret(rootEntropy, ROOT_CONTEXT)).publicKeyHex as UserKey
}

/** What a room is told about this device: the root key's word that it is this person's. */
export async function certifyDevice (rootEntropy: Uint8Array<ArrayBuffer>, device: Device, name: string): Promise<MemberRecord> {
  const root = await keyPairFromSecret(rootEntropy, ROOT_CONTEXT)
  const certificate = await crypto.subtle.sign('Ed25519', root.privateKey, certifiedBytes(device.key, device.encryptionKey))
  return {
    user: root.publicKeyHex as UserKey,
    device: device.key,
    encryptionKey: device.encryptionKey,
    certificate: new Uint8Array(certificate),
    name
  }
}
