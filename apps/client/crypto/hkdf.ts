const text = new TextEncoder()

/**
 * HKDF-SHA-256 (RFC 5869) without salt: our inputs are uniformly random, so the context string alone separates uses.
 * @param secret at least 16 random bytes
 * @param context names the one use of the result, e.g. `parley/log-secret/1`
 */
export async function hkdf (secret: Uint8Array<ArrayBuffer>, context: string, lengthBytes = 32): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits'])
  const params = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: text.encode(context) }
  return new Uint8Array(await crypto.subtle.deriveBits(params, key, lengthBytes * 8))
}

/** An AES-256-GCM key that cannot be read back, derived as `hkdf` does. */
export async function hkdfAesKey (secret: Uint8Array<ArrayBuffer>, context: string): Promise<CryptoKey> {
  return await crypto.subtle.importKey('raw', await hkdf(secret, context), 'AES-GCM', false, ['encrypt', 'decrypt'])
}
