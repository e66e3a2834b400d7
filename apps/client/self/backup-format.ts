/**
 * The sealed backup of a person, as it lies at the node: what a new device needs to be in all rooms again.
 *
 *     backup  = version (1) ‖ nonce (12) ‖ AES-256-GCM(HKDF(backup key, 'parley/backup-seal/1'), content), bound to version and id
 *     content = [[room keys…], [[user key (32), name, is verified, changed at]…], [device key (32)…], news]
 *     news    = [device list | null, [[device key (32), encryption key (32), issued at, certificate (64)]…], [[device key (32), by (32), signature (64)]…]]
 *     id      = HKDF(backup key, 'parley/backup-id/1'), 16 bytes: under what the node keeps it
 */
import { fromHex, toHex, type DeviceKey, type UserKey } from '#shared/ids.ts'
import { BACKUP_MAX_BYTES, DEVICE_LIST_MAX_BYTES, NAME_MAX_CHARS } from '#shared/limits.ts'
import { decodeCbor, encodeCbor, readArray, readBytes, readText, readUint, WireError, type Cbor } from '#shared/wire/cbor.ts'
import { concat, NONCE_BYTES } from '#shared/wire/envelope.ts'
import { hkdf, hkdfAesKey } from '../crypto/index.ts'
import { decodeDeviceList, encodeDeviceList } from '../identity/device-list.ts'
import { readRoomKeys, roomKeysFields, type RoomKeys } from '../rooms/room-keys.ts'
import type { SelfRecord } from '../store/index.ts'
import type { DeviceNews } from './own-devices.ts'

const VERSION = 1
/** Version, nonce and tag. */
const OVERHEAD_BYTES = 1 + NONCE_BYTES + 16
/** Epochs that are kept of each room where all would be too many: the first, which opens the room, and these newest; from them the others follow. */
const NEWEST_EPOCHS = 8

/** `news` is absent in what protocol 2 wrote, and where there is none. */
export interface Backup { rooms: RoomKeys[], verified: SelfRecord['verified'], devices: DeviceKey[], news?: DeviceNews }

export const backupIdOf = async (backupKey: Uint8Array<ArrayBuffer>): Promise<string> => toHex(await hkdf(backupKey, 'parley/backup-id/1', 16))

/** The same content for the same backup, so that an unchanged one need not be sent. */
export function encodeBackup ({ rooms, verified, devices, news }: Backup): Uint8Array<ArrayBuffer> {
  const encode = (of: readonly RoomKeys[]): Uint8Array<ArrayBuffer> => encodeCbor([
    of.map(sorted).sort((a, b) => a.tag < b.tag ? -1 : 1).map(roomKeysFields),
    verified.toSorted((a, b) => a.user < b.user ? -1 : 1).map(({ user, name, isVerified, changedAt }) => [fromHex(user), name, isVerified, changedAt]),
    devices.toSorted().map(fromHex),
    ...isEmpty(news) ? [] : [newsFields(news)]
  ])
  const whole = encode(rooms)
  return whole.length + OVERHEAD_BYTES <= BACKUP_MAX_BYTES ? whole : encode(rooms.map(shortened))
}

const isEmpty = (news: DeviceNews | undefined): news is undefined =>
  news === undefined || (news.list === null && news.certificates.length === 0 && news.wishes.length === 0)

const newsFields = ({ list, certificates, wishes }: DeviceNews): Cbor => [
  list === null ? null : encodeDeviceList(list),
  certificates.toSorted((a, b) => a.device < b.device ? -1 : 1).map(({ device, encryptionKey, issuedAt, certificate }) => [fromHex(device), encryptionKey, issuedAt, certificate]),
  wishes.toSorted((a, b) => `${a.device}${a.by}` < `${b.device}${b.by}` ? -1 : 1).map(({ device, by, signature }) => [fromHex(device), fromHex(by), signature])
]

const readDevice = (value: unknown): DeviceKey => toHex(readBytes(value, 'device-key', 32)) as DeviceKey

function readNews (value: unknown): DeviceNews {
  const [list, certificates, wishes] = readArray(value, 'news', 3)
  return {
    list: list === null ? null : decodeDeviceList(readBytes(list, 'device-list', undefined, DEVICE_LIST_MAX_BYTES)),
    certificates: readArray(certificates, 'certificates').map((entry) => {
      const [device, encryptionKey, issuedAt, certificate] = readArray(entry, 'certificate', 4)
      return {
        device: readDevice(device), encryptionKey: readBytes(encryptionKey, 'encryption-key', 32),
        issuedAt: readUint(issuedAt, 'issued-at'), certificate: readBytes(certificate, 'certificate', 64)
      }
    }),
    wishes: readArray(wishes, 'wishes').map((entry) => {
      const [device, by, signature] = readArray(entry, 'wish', 3)
      return { device: readDevice(device), by: readDevice(by), signature: readBytes(signature, 'signature', 64) }
    })
  }
}

const sorted = (room: RoomKeys): RoomKeys => ({ ...room, epochs: room.epochs.toSorted((a, b) => a.epochId < b.epochId ? -1 : 1) })

export const shortened = (room: RoomKeys): RoomKeys => ({
  ...room,
  epochs: room.epochs.filter(({ epochId }, i, all) => epochId === room.firstEpochId || i >= all.length - NEWEST_EPOCHS)
})

/** @throws {WireError} */
export function decodeBackup (bytes: Uint8Array): Backup {
  const fields = readArray(decodeCbor(bytes), 'backup')
  if (fields.length !== 3 && fields.length !== 4) throw new WireError('malformed-backup')
  const [rooms, verified, devices, news] = fields
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
    devices: readArray(devices, 'devices').map(readDevice),
    ...fields.length === 4 && { news: readNews(news) }
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
