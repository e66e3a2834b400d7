/** The frames of `/parley/link/1`; see SPEC.md. */
import { isErrorCode, type ErrorCode } from '#shared/errors.ts'
import { fromHex, toHex, type DeviceKey, type UserKey } from '#shared/ids.ts'
import { BACKUP_MAX_BYTES, DEVICE_LIST_MAX_BYTES, DEVICES_MAX, SHOWN_RECORD_MAX_BYTES } from '#shared/limits.ts'
import { decodeCbor, encodeCbor, readArray, readBytes, readUint, WireError } from '#shared/wire/cbor.ts'

export const LINK_PROTOCOL = '/parley/link/1'
const LINK_VERSION = 1
/** One room's keys: as large as a whole backup may be, since nothing smaller is promised. */
export const LINK_FRAME_MAX_BYTES = BACKUP_MAX_BYTES

/** Which of an offer's two secrets the new device has: the typed code or the one of the QR code. */
export type LinkSecretKind = 'code' | 'qr'
const KINDS: readonly LinkSecretKind[] = ['code', 'qr']

/** What makes a device one of a person's. Secret: it holds the key of the backup. */
export interface LinkGrant {
  userKey: UserKey
  /** The root key's signature for the new device, 64 bytes. */
  certificate: Uint8Array<ArrayBuffer>
  /** When that was given, Unix ms. */
  issuedAt: number
  backupKey: Uint8Array<ArrayBuffer>
  /** The person's other devices. */
  devices: DeviceKey[]
  /** The newest signed list of them, CBOR; null when the person has signed none. */
  list: Uint8Array<ArrayBuffer> | null
}

export type LinkMessage =
  | { type: 'ask', kind: LinkSecretKind, nonce: Uint8Array<ArrayBuffer> }
  | { type: 'challenge', nonce: Uint8Array<ArrayBuffer> }
  | { type: 'confirm', mac: Uint8Array<ArrayBuffer>, encryptionKey: Uint8Array<ArrayBuffer> }
  | { type: 'accept', mac: Uint8Array<ArrayBuffer> }
  /** `keys` are CBOR, read by the rooms. */
  | { type: 'room', keys: Uint8Array<ArrayBuffer> }
  | { type: 'grant', grant: LinkGrant }
  /** `member`: the new device's shown record, CBOR, read by the rooms. */
  | { type: 'done', member: Uint8Array<ArrayBuffer> }
  | { type: 'refused', code: ErrorCode }

const ASK = 0, CHALLENGE = 1, CONFIRM = 2, ACCEPT = 3, ROOM = 4, GRANT = 5, DONE = 6, REFUSED = 7

export function encodeLinkMessage (message: LinkMessage): Uint8Array<ArrayBuffer> {
  switch (message.type) {
    case 'ask': return encodeCbor([ASK, LINK_VERSION, KINDS.indexOf(message.kind), message.nonce])
    case 'challenge': return encodeCbor([CHALLENGE, message.nonce])
    case 'confirm': return encodeCbor([CONFIRM, message.mac, message.encryptionKey])
    case 'accept': return encodeCbor([ACCEPT, message.mac])
    case 'room': return encodeCbor([ROOM, message.keys])
    case 'grant': {
      const { userKey, certificate, issuedAt, backupKey, devices, list } = message.grant
      return encodeCbor([GRANT, fromHex(userKey), certificate, backupKey, devices.map(fromHex), issuedAt, list])
    }
    case 'done': return encodeCbor([DONE, message.member])
    case 'refused': return encodeCbor([REFUSED, message.code])
  }
}

/** @throws {WireError} */
export function decodeLinkMessage (bytes: Uint8Array): LinkMessage {
  const fields = readArray(decodeCbor(bytes), 'link-message')
  switch (fields[0]) {
    case ASK: {
      const [, version, kind, nonce] = readArray(fields, 'link-ask', 4)
      const known = KINDS[readUint(kind, 'link-kind')]
      if (version !== LINK_VERSION || known === undefined) throw new WireError('link-version')
      return { type: 'ask', kind: known, nonce: readBytes(nonce, 'nonce', 32) }
    }
    case CHALLENGE: return { type: 'challenge', nonce: readBytes(readArray(fields, 'link-challenge', 2)[1], 'nonce', 32) }
    case CONFIRM: {
      const [, mac, encryptionKey] = readArray(fields, 'link-confirm', 3)
      return { type: 'confirm', mac: readBytes(mac, 'mac', 32), encryptionKey: readBytes(encryptionKey, 'encryption-key', 32) }
    }
    case ACCEPT: return { type: 'accept', mac: readBytes(readArray(fields, 'link-accept', 2)[1], 'mac', 32) }
    case ROOM: return { type: 'room', keys: readBytes(readArray(fields, 'link-room', 2)[1], 'room-keys') }
    case GRANT: return { type: 'grant', grant: readGrant(fields) }
    case DONE: return { type: 'done', member: readBytes(readArray(fields, 'link-done', 2)[1], 'member', undefined, SHOWN_RECORD_MAX_BYTES) }
    case REFUSED: return { type: 'refused', code: isErrorCode(fields[1]) ? fields[1] : 'link-code-wrong' }
    default: throw new WireError(`unknown-link-message-${readUint(fields[0], 'link-type')}`)
  }
}

function readGrant (fields: unknown): LinkGrant {
  const [, userKey, certificate, backupKey, devices, issuedAt, list] = readArray(fields, 'link-grant', 7)
  const known = readArray(devices, 'devices')
  // A person may have had more devices than are signed in now.
  if (known.length > DEVICES_MAX * 10) throw new WireError('too-many-devices')
  return {
    userKey: toHex(readBytes(userKey, 'user-key', 32)) as UserKey,
    certificate: readBytes(certificate, 'certificate', 64),
    issuedAt: readUint(issuedAt, 'issued-at'),
    backupKey: readBytes(backupKey, 'backup-key', 32),
    devices: known.map((device) => toHex(readBytes(device, 'device-key', 32)) as DeviceKey),
    list: list === null ? null : readBytes(list, 'device-list', undefined, DEVICE_LIST_MAX_BYTES)
  }
}
