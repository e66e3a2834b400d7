/**
 * Wraps: a secret for exactly one device, by X25519 (RFC 7748) with a fresh sender key, HKDF and AES-256-GCM. The key that wraps is used
 * for one secret, so its nonce is zero.
 */
import { concat } from '#shared/wire/envelope.ts'
import { toHex } from '#shared/ids.ts'
import { WireError } from '#shared/wire/cbor.ts'
import { hkdf, hkdfAesKey } from './hkdf.ts'

/** The tag of AES-GCM. */
export const WRAP_OVERHEAD_BYTES = 16
const ZERO_NONCE = new Uint8Array(12)
/** PrivateKeyInfo of X25519 up to the 32 bytes of the key (RFC 8410 section 7). */
const PKCS8_PREFIX = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20)
/** What a private key is multiplied with to get its public half (RFC 7748 section 4.1). */
const BASE_POINT = new Uint8Array(32).fill(9, 0, 1)

interface SenderKey { privateKey: CryptoKey, ephemeral: Uint8Array<ArrayBuffer> }

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
  return await wrapBy({ privateKey: sender.privateKey, ephemeral }, recipients, secret, context)
}

/**
 * Wraps a seed with a sender key that follows from it, so that everyone who gets the seed can check what the others were given.
 * @param seed 32 random bytes, never wrapped for anything else
 */
export async function wrapSeed (
  recipients: readonly Uint8Array<ArrayBuffer>[], seed: Uint8Array<ArrayBuffer>, context: string
): Promise<SecretWrap> {
  return await wrapBy(await senderOf(seed), recipients, seed, context)
}

/**
 * Finds the recipients for whom none of the wraps is right, by their places. One whose key is no usable point of the curve is not missed.
 * @param seed what all of them should be given; `wraps` are in any order
 */
export async function findMissingWraps (
  recipients: readonly Uint8Array<ArrayBuffer>[], seed: Uint8Array<ArrayBuffer>, { ephemeral, wraps }: SecretWrap, context: string
): Promise<number[]> {
  const sender = await senderOf(seed)
  if (toHex(sender.ephemeral) !== toHex(ephemeral)) return recipients.map((_, place) => place)
  const given = new Set(wraps.map(toHex))
  const isMissing = await Promise.all(recipients.map(async (recipient) => {
    const key = await keyFor(recipient, sender.privateKey, ephemeral, context)
    return key !== null && !given.has(toHex(await seal(key, seed)))
  }))
  return isMissing.flatMap((missing, place) => missing ? [place] : [])
}

async function wrapBy (
  { privateKey, ephemeral }: SenderKey, recipients: readonly Uint8Array<ArrayBuffer>[], secret: Uint8Array<ArrayBuffer>, context: string
): Promise<SecretWrap> {
  const wraps = await Promise.all(recipients.map(async (recipient) => {
    const key = await keyFor(recipient, privateKey, ephemeral, context)
    return key === null ? crypto.getRandomValues(new Uint8Array(secret.length + WRAP_OVERHEAD_BYTES)) : await seal(key, secret)
  }))
  return { ephemeral, wraps }
}

const seal = async (key: CryptoKey, secret: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv: ZERO_NONCE }, key, secret))

async function senderOf (seed: Uint8Array<ArrayBuffer>): Promise<SenderKey> {
  const pkcs8 = concat(PKCS8_PREFIX, await hkdf(seed, 'parley/wrap-sender/1'))
  const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8, 'X25519', false, ['deriveBits'])
  const base = await crypto.subtle.importKey('raw', BASE_POINT, 'X25519', false, [])
  return { privateKey, ephemeral: new Uint8Array(await crypto.subtle.deriveBits({ name: 'X25519', public: base }, privateKey, 256)) }
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
