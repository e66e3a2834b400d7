import { fromBase64Url } from '../invite.ts'
import { concat } from './envelope.ts'

/** PrivateKeyInfo of Ed25519 up to the 32 bytes of the seed (RFC 8410 section 7): WebCrypto imports seeds in this wrapping only. */
const PKCS8_PREFIX = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20)

/** The Ed25519 key pair of a 32-byte seed (RFC 8032 section 5.1.5); the private half cannot be read back. `publicKey` is raw, 32 bytes. */
export async function importEd25519Seed (seed: Uint8Array): Promise<{ privateKey: CryptoKey, publicKey: Uint8Array<ArrayBuffer> }> {
  const pkcs8 = concat(PKCS8_PREFIX, seed)
  // WebCrypto tells the public half of an imported private key only by exporting it.
  const extractable = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign'])
  const { x } = await crypto.subtle.exportKey('jwk', extractable)
  if (x === undefined) throw new Error('WebCrypto exported an Ed25519 key without its public half')
  return { privateKey: await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign']), publicKey: fromBase64Url(x) }
}
