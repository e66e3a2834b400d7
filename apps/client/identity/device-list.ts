/**
 * The signed list of a person's devices: which there are, and which were revoked.
 *
 *     list      = [user key (32), version, issued at, [device key (32)…], [revoked device key (32)…], signature (64)]
 *     signature = Ed25519(root key, 'parley/device-list/1' ‖ the first five)
 *
 * RULE: revoked stays revoked. A list adds to what earlier lists revoked and takes nothing back, so an old one that is shown again undoes nothing.
 * The listed devices are what the person knows of their own; a device is not refused for being absent there, since two devices that hold the
 * root key may sign without knowing of each other.
 */
import { fromHex, toHex, type DeviceKey, type UserKey } from '#shared/ids.ts'
import { DEVICES_MAX, REVOKED_MAX } from '#shared/limits.ts'
import { decodeCbor, encodeCbor, readArray, readBytes, readUint, WireError, type Cbor } from '#shared/wire/cbor.ts'
import { concat } from '#shared/wire/envelope.ts'
import { signByRoot } from './root-key.ts'

export interface DeviceList {
  user: UserKey
  /** Counts up with each list that the person signs. */
  version: number
  /** Unix ms, rounded down to the day. */
  issuedAt: number
  devices: readonly DeviceKey[]
  revoked: readonly DeviceKey[]
  signature: Uint8Array<ArrayBuffer>
}

const CONTEXT = new TextEncoder().encode('parley/device-list/1')

const signedFields = ({ user, version, issuedAt, devices, revoked }: Omit<DeviceList, 'signature'>): Cbor[] =>
  [fromHex(user), version, issuedAt, devices.map(fromHex), revoked.map(fromHex)]
const signedBytes = (list: Omit<DeviceList, 'signature'>): Uint8Array<ArrayBuffer> => concat(CONTEXT, encodeCbor(signedFields(list)))

export const encodeDeviceList = (list: DeviceList): Uint8Array<ArrayBuffer> => encodeCbor([...signedFields(list), list.signature])

/** @throws {WireError} */
export function decodeDeviceList (bytes: Uint8Array): DeviceList {
  const [user, version, issuedAt, devices, revoked, signature] = readArray(decodeCbor(bytes), 'device-list', 6)
  return {
    user: toHex(readBytes(user, 'user-key', 32)) as UserKey,
    version: readUint(version, 'version'),
    issuedAt: readUint(issuedAt, 'issued-at'),
    devices: readDevices(devices, DEVICES_MAX),
    revoked: readDevices(revoked, REVOKED_MAX),
    signature: readBytes(signature, 'list-signature', 64)
  }
}

function readDevices (value: unknown, max: number): DeviceKey[] {
  const devices = readArray(value, 'devices').map((device) => toHex(readBytes(device, 'device-key', 32)) as DeviceKey)
  if (devices.length > max) throw new WireError('too-many-devices')
  return devices
}

/** Whether the person's root key has signed the list. */
export async function isSigned (list: DeviceList): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey('raw', fromHex(list.user), 'Ed25519', false, ['verify'])
    return await crypto.subtle.verify('Ed25519', key, list.signature, signedBytes(list))
  } catch {
    // Not a point on the curve: nobody can have signed with it.
    return false
  }
}

/**
 * Signs the list that follows those a device knows.
 * @param revoked oldest first. Where they are too many the oldest are left out: no certificate of theirs is good any more.
 */
export async function signDeviceList (rootEntropy: Uint8Array<ArrayBuffer>, content: Omit<DeviceList, 'signature'>): Promise<DeviceList> {
  const revoked = [...new Set(content.revoked)].slice(-REVOKED_MAX)
  const list = { ...content, revoked, devices: [...new Set(content.devices)].filter((device) => !content.revoked.includes(device)).slice(-DEVICES_MAX).toSorted() }
  return { ...list, signature: await signByRoot(rootEntropy, signedBytes(list)) }
}

/** The one to show to others: of equal versions, which two devices have signed without knowing of each other, any, but the same for everybody. */
export const isNewer = (list: DeviceList, than: DeviceList | null): boolean =>
  than === null || list.version > than.version || (list.version === than.version && toHex(list.signature) > toHex(than.signature))
