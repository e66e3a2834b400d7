/**
 * Wraps: a secret for exactly one device, by X25519 (RFC 7748) with a fresh sender key, HKDF and AES-256-GCM. The key that wraps is used
 * once, so its nonce is zero.
 */
import { concat } from '#shared/wire/envelope.ts'
import { toHex } from '#shared/ids.ts'
import { WireError } from '#shared/wire/cbor.ts'
import { hkdfAesKey } from './hkdf.ts'

/** The tag of AES-GCM. */
export const WRAP_OVERHEAD_BYTES = 16
const ZERO_NONCE = new Uint8Array(12)

/** One sender key and one sealed secret for each recipient, in the order of the recipients. */
export interface SecretWrap {
  /** X25519 public key of the sender, 32 bytes, used for this wrap only. */
  ephemeral: Uint8Array<ArrayBuffer>
  wraps: Uint8Array<ArrayBuffer>[]
}

/** This device's encryption key; the private half never leaves WebCrypto. */
export async function createEncryptionKey (): Promise<CryptoKeyPair> {
  return await crypto.subtle.generateKey('X25519', false, ['deriveBits'])
}

/**
 * A recipient whose key is no usable point of the curve gets random bytes: otherwise one member with such a key would stop every rotation.
 * @param recipients raw X25519 public keys; @param context binds the wrap to what it is for, e.g. an epoch or a join
 */
export async function wrapFor (
  recipients: readonly Uint8Array<ArrayBuffer>[], secret: Uint8Array<ArrayBuffer>, context: string
): Promise<SecretWrap> {
  const sender = await crypto.subtle.generateKey('X25519', false, ['deriveBits'])
  const ephemeral = new Uint8Array(await crypto.subtle.exportKey('raw', sender.publicKey))
  const wraps = await Promise.all(recipients.map(async (recipient) => {
    const key = await keyFor(recipient, sender.privateKey, ephemeral, context)
    if (key === null) return crypto.getRandomValues(new Uint8Array(secret.length + WRAP_OVERHEAD_BYTES))
    return new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv: ZERO_NONCE }, key, secret))
  }))
  return { ephemeral, wraps }
}

/**
 * @param mine the keys of this device, the likeliest first
 * @throws {WireError} `unwrap-failed` when the wrap is not for this device, was changed, or is for another context (rejects)
 */
export async function unwrapFor (
  mine: readonly CryptoKeyPair[], ephemeral: Uint8Array<ArrayBuffer>, wrap: Uint8Array<ArrayBuffer>, context: string
): Promise<Uint8Array<ArrayBuffer>> {
  const secret = await unwrapAmong(mine, ephemeral, [wrap], context, 0)
  if (secret === null) throw new WireError('unwrap-failed')
  return secret
}

/**
 * The secret of whichever wrap is for this device: its key is the same for all of one sender's, so trying costs one agreement and then a few
 * microseconds each. `first` is where it is most likely. Null when none is.
 */
export async function unwrapAmong (
  mine: readonly CryptoKeyPair[], ephemeral: Uint8Array<ArrayBuffer>, wraps: readonly Uint8Array<ArrayBuffer>[], context: string, first: number
): Promise<Uint8Array<ArrayBuffer> | null> {
  for (const pair of mine) {
    const secret = await unwrapBy(pair, ephemeral, wraps, context, first)
    if (secret !== null) return secret
  }
  return null
}

async function unwrapBy (
  mine: CryptoKeyPair, ephemeral: Uint8Array<ArrayBuffer>, wraps: readonly Uint8Array<ArrayBuffer>[], context: string, first: number
): Promise<Uint8Array<ArrayBuffer> | null> {
  const me = new Uint8Array(await crypto.subtle.exportKey('raw', mine.publicKey))
  let key: CryptoKey
  try {
    key = await sharedKey(mine.privateKey, await crypto.subtle.importKey('raw', ephemeral, 'X25519', false, []), ephemeral, me, context)
  } catch {
    return null
  }
  const nearest = wraps.map((wrap, i) => ({ wrap, distance: Math.abs(i - first) })).sort((a, b) => a.distance - b.distance)
  for (const { wrap } of nearest) {
    try {
      return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: ZERO_NONCE }, key, wrap))
    } catch {
      // For somebody else.
    }
  }
  return null
}

async function keyFor (
  recipient: Uint8Array<ArrayBuffer>, sender: CryptoKey, ephemeral: Uint8Array, context: string
): Promise<CryptoKey | null> {
  try {
    const theirs = await crypto.subtle.importKey('raw', recipient, 'X25519', false, [])
    return await sharedKey(sender, theirs, ephemeral, recipient, context)
  } catch {
    return null
  }
}

async function sharedKey (
  privateKey: CryptoKey, publicKey: CryptoKey, ephemeral: Uint8Array, recipient: Uint8Array, context: string
): Promise<CryptoKey> {
  const shared = new Uint8Array(await crypto.subtle.deriveBits({ name: 'X25519', public: publicKey }, privateKey, 256))
  return await hkdfAesKey(concat(shared), `parley/wrap/1/${context}/${toHex(ephemeral)}/${toHex(recipient)}`)
}
