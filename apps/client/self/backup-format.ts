/**
 * The sealed backup of a person, as it lies at the node: what a new device needs to be in all rooms again.
 *
 *     backup  = version (1) ‖ nonce (12) ‖ AES-256-GCM(HKDF(backup key, 'parley/backup-seal/1'), content), bound to version and id
 *     content = [[room keys…], [[user key (32), name, is verified, changed at]…], [device key (32)…]]
 *     id      = HKDF(backup key, 'parley/backup-id/1'), 16 bytes: under what the node keeps it
 */
import { fromHex, toHex, type DeviceKey, type UserKey } from '#shared/ids.ts'
import { BACKUP_MAX_BYTES, NAME_MAX_CHARS } from '#shared/limits.ts'
import { decodeCbor, encodeCbor, readArray, readBytes, readText, readUint, WireError } from '#shared/wire/cbor.ts'
import { concat, NONCE_BYTES } from '#shared/wire/envelope.ts'
import { hkdf, hkdfAesKey } from '../crypto/index.ts'
import { readRoomKeys, roomKeysFields, type RoomKeys } from '../rooms/room-keys.ts'
import type { SelfRecord } from '../store/index.ts'

const VERSION = 1
/** Version, nonce and tag. */
const OVERHEAD_BYTES = 1 + NONCE_BYTES + 16
/** Epochs that are kept of each room where all would be too many: the first, which opens the room, and these newest; from them the others follow. */
const NEWEST_EPOCHS = 8

export interface Backup { rooms: RoomKeys[], verified: SelfRecord['verified'], devices: DeviceKey[] }

export const backupIdOf = async (backupKey: Uint8Array<ArrayBuffer>): Promise<string> => toHex(await hkdf(backupKey, 'parley/backup-id/1', 16))

/** The same content for the same backup, so that an unchanged one need not be sent. */
export function encodeBackup ({ rooms, verified, devices }: Backup): Uint8Array<ArrayBuffer> {
  const encode = (of: readonly RoomKeys[]): Uint8Array<ArrayBuffer> => encodeCbor([
    of.map(sorted).sort((a, b) => a.tag < b.tag ? -1 : 1).map(roomKeysFields),
    verified.toSorted((a, b) => a.user < b.user ? -1 : 1).map(({ user, name, isVerified, changedAt }) => [fromHex(user), name, isVerified, changedAt]),
    devices.toSorted().map(fromHex)
  ])
  const whole = encode(rooms)
  return whole.length + OVERHEAD_BYTES <= BACKUP_MAX_BYTES ? whole : encode(rooms.map(shortened))
}

const sorted = (room: RoomKeys): RoomKeys => ({ ...room, epochs: room.epochs.toSorted((a, b) => a.epochId < b.epochId ? -1 : 1) })

export const shortened = (room: RoomKeys): RoomKeys => ({
  ...room,
  epochs: room.epochs.filter(({ epochId }, i, all) => epochId === room.firstEpochId || i >= all.length - NEWEST_EPOCHS)
})

/** @throws {WireError} */
export function decodeBackup (bytes: Uint8Array): Backup {
  const [rooms, verified, devices] = readArray(decodeCbor(bytes), 'backup', 3)
  return {
    rooms: readArray(rooms, 'rooms').map(readRoomKeys),
    verified: readArray(verified, 'verified').map((entry) => {
      const [user, name, isVerified, changedAt] = readArray(entry, 'verified', 4)
      return {
        user: toHex(readBytes(user, 'user-key', 32)) as UserKey,
        name: readText(name, 'name', NAME_MAX_CHARS),
        isVerified: isVerified === true,
        changedAt: readUint(changedAt, 'changed-at')
      }
    }),
    devices: readArray(devices, 'devices').map((device) => toHex(readBytes(device, 'device-key', 32)) as DeviceKey)
  }
}

const paramsOf = (id: string, nonce: Uint8Array<ArrayBuffer>): AesGcmParams =>
  ({ name: 'AES-GCM', iv: nonce, additionalData: concat(Uint8Array.of(VERSION), fromHex(id)) })
const keyOf = async (backupKey: Uint8Array<ArrayBuffer>): Promise<CryptoKey> => await hkdfAesKey(backupKey, 'parley/backup-seal/1')

export async function sealBackup (backupKey: Uint8Array<ArrayBuffer>, content: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const params = paramsOf(await backupIdOf(backupKey), nonce)
  return concat(Uint8Array.of(VERSION), nonce, new Uint8Array(await crypto.subtle.encrypt(params, await keyOf(backupKey), content)))
}

/** The content. @throws {WireError} `unopenable-backup` (rejects) */
export async function openBackup (backupKey: Uint8Array<ArrayBuffer>, sealed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const params = paramsOf(await backupIdOf(backupKey), sealed.slice(1, 1 + NONCE_BYTES))
    return new Uint8Array(await crypto.subtle.decrypt(params, await keyOf(backupKey), sealed.slice(1 + NONCE_BYTES)))
  } catch (cause) {
    throw new WireError('unopenable-backup', { cause })
  }
}
