import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { Ed25519PrivateKey } from '@libp2p/interface'
import { concat } from '#shared/wire/envelope.ts'

/**
 * The device key as libp2p wants it, over a WebCrypto key that cannot be read: it signs, and whoever asks for its bytes gets an error.
 * Noise, identify and peer records need no more than the signature.
 */
export async function createWebCryptoKey (pair: CryptoKeyPair): Promise<Ed25519PrivateKey> {
  const publicKey = publicKeyFromRaw(new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)))
  if (publicKey.type !== 'Ed25519') throw new TypeError('the device key is not Ed25519')
  return {
    type: 'Ed25519',
    publicKey,
    get raw (): Uint8Array {
      throw new Error('the device key never leaves WebCrypto')
    },
    equals: (other?: { publicKey?: unknown }) => publicKey.equals(other?.publicKey),
    async sign (data) {
      return new Uint8Array(await crypto.subtle.sign('Ed25519', pair.privateKey, concat(data instanceof Uint8Array ? data : data.subarray())))
    }
  } satisfies Partial<Ed25519PrivateKey>
}
