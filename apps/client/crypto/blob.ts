import { concat, NONCE_BYTES } from '#shared/wire/envelope.ts'
import { WireError } from '#shared/wire/cbor.ts'
import { hkdfAesKey } from './hkdf.ts'

/**
 * Bytes for whoever has `secret`: AES-256-GCM under a key that is for this context only, so a blob that is put elsewhere does not open.
 * @param secret at least 16 random bytes @param context what it is and where it belongs, e.g. `parley/welcome/1/<room>/<invitation>`
 * @returns nonce (12) ‖ ciphertext
 */
export async function sealBlob (secret: Uint8Array<ArrayBuffer>, context: string, content: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const key = await hkdfAesKey(secret, context)
  return concat(iv, new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, content)))
}

/** @throws {WireError} `undecryptable` (rejects) */
export async function openBlob (secret: Uint8Array<ArrayBuffer>, context: string, sealed: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const key = await hkdfAesKey(secret, context)
    return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: sealed.slice(0, NONCE_BYTES) }, key, sealed.slice(NONCE_BYTES)))
  } catch (cause) {
    throw new WireError('undecryptable', { cause })
  }
}
