/**
 * Small unstored frames (presence, typing, receipts), sealed under the current message key. Bound to room and device by additional data;
 * the signature around them is the caller's.
 */
import { fromHex, type DeviceKey, type RoomTag } from '#shared/ids.ts'
import { concat, NONCE_BYTES } from '#shared/wire/envelope.ts'
import { WireError } from '#shared/wire/cbor.ts'

const CONTEXT = new TextEncoder().encode('parley/ephemeral/1')

const boundTo = (roomTag: RoomTag, device: DeviceKey): Uint8Array<ArrayBuffer> => concat(CONTEXT, fromHex(roomTag), fromHex(device))

export async function sealFrame (key: CryptoKey, roomTag: RoomTag, device: DeviceKey, content: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const params = { name: 'AES-GCM', iv, additionalData: boundTo(roomTag, device) }
  return concat(iv, new Uint8Array(await crypto.subtle.encrypt(params, key, content)))
}

/** @throws {WireError} `undecryptable` (rejects) */
export async function openFrame (key: CryptoKey, roomTag: RoomTag, device: DeviceKey, sealed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const params = { name: 'AES-GCM', iv: sealed.slice(0, NONCE_BYTES), additionalData: boundTo(roomTag, device) }
  try {
    return new Uint8Array(await crypto.subtle.decrypt(params, key, sealed.slice(NONCE_BYTES)))
  } catch (cause) {
    throw new WireError('undecryptable', { cause })
  }
}
