/**
 * WebCrypto as far as the client uses it, over OpenSSL's synchronous functions: the same algorithms and the same bytes, but every promise is
 * settled at once and randomness comes from a seed. So a simulated run depends on its seed alone, and nothing waits for a thread.
 */
import {
  createCipheriv, createDecipheriv, createHash, createPrivateKey, createPublicKey, createSecretKey, diffieHellman, hkdfSync, sign, verify, type KeyObject
} from 'node:crypto'
import type { Random } from './random.ts'

/** Ours stands where a CryptoKey does. Secret: `handle` may be a private or a secret key. Bytes would be made a key of at each use. */
interface Key {
  type: KeyType
  extractable: boolean
  algorithm: { name: string }
  usages: KeyUsage[]
  handle: KeyObject
  /** The public half of a pair, base64url, else empty: what results are remembered by. */
  raw: string
}

type Algorithm = string | { name: string }

const PKCS8 = { Ed25519: '302e020100300506032b657004220420', X25519: '302e020100300506032b656e04220420' }
const TAG_BYTES = 16

const nameOf = (algorithm: Algorithm): string => typeof algorithm === 'string' ? algorithm : algorithm.name
const bufferOf = (data: BufferSource): Buffer =>
  ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data)
const ownBytes = (data: Buffer | ArrayBuffer): ArrayBuffer => new Uint8Array(Buffer.isBuffer(data) ? data : new Uint8Array(data)).buffer

const keyOf = (key: unknown): Key => key as Key
const objectOf = (key: unknown): KeyObject => keyOf(key).handle

function newKey (type: KeyType, name: string, handle: Key['handle'], extractable: boolean, usages: readonly KeyUsage[]): CryptoKey {
  const raw = type === 'secret' ? '' : rawOf(handle)
  const key: Key = { type, extractable, algorithm: { name }, usages: [...usages], handle, raw }
  return key
}

const publicKeys = new Map<string, KeyObject>()
const privateKeys = new Map<string, KeyObject>()
const verdicts = new Map<string, boolean>()
const signatures = new Map<string, ArrayBuffer>()
const raws = new WeakMap<KeyObject, string>()
const publicHalves = new WeakMap<KeyObject, KeyObject>()
/** What is remembered is forgotten now and then: a long soak makes new keys all the time. */
const REMEMBERED_MAX = 50_000

function remember<T> (memory: Map<string, T>, name: string, make: () => T): T {
  const known = memory.get(name)
  if (known !== undefined) return known
  if (memory.size > REMEMBERED_MAX) memory.clear()
  const made = make()
  memory.set(name, made)
  return made
}

function rawOf (handle: KeyObject): string {
  const known = raws.get(handle)
  if (known !== undefined) return known
  const raw = (handle.export({ format: 'jwk' }) as JsonWebKey).x ?? ''
  raws.set(handle, raw)
  return raw
}

function importRawPublic (name: 'Ed25519' | 'X25519', raw: Buffer): KeyObject {
  if (raw.length !== 32) throw new DOMException('a key of another length', 'DataError')
  const x = raw.toString('base64url')
  return remember(publicKeys, `${name}/${x}`, () => createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: name, x } }))
}

const importPkcs8 = (der: Buffer): KeyObject =>
  remember(privateKeys, der.toString('base64'), () => createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))

const privateFromSeed = (name: 'Ed25519' | 'X25519', seed: Uint8Array): KeyObject => importPkcs8(Buffer.concat([Buffer.from(PKCS8[name], 'hex'), seed]))

const publicOf = (handle: KeyObject): KeyObject => {
  const known = publicHalves.get(handle) ?? createPublicKey(handle)
  publicHalves.set(handle, known)
  return known
}

const isCurve = (name: string): name is 'Ed25519' | 'X25519' => name === 'Ed25519' || name === 'X25519'

function importKey (format: string, data: unknown, algorithm: Algorithm, extractable: boolean, usages: readonly KeyUsage[]): CryptoKey {
  const name = nameOf(algorithm)
  if (format === 'raw') {
    const raw = bufferOf(data as BufferSource)
    if (isCurve(name)) return newKey('public', name, importRawPublic(name, raw), extractable, usages)
    return newKey('secret', name, createSecretKey(raw), extractable, usages)
  }
  if (format === 'pkcs8') return newKey('private', name, importPkcs8(bufferOf(data as BufferSource)), extractable, usages)
  throw new Error(`the simulation imports no ${format} keys`)
}

function exportKey (format: string, key: CryptoKey): ArrayBuffer | JsonWebKey {
  const { type, extractable } = keyOf(key)
  if (type !== 'public' && !extractable) throw new DOMException('key is not extractable', 'InvalidAccessError')
  if (type === 'secret') return ownBytes(objectOf(key).export())
  if (format === 'jwk') return objectOf(key).export({ format: 'jwk' })
  if (format === 'raw') return ownBytes(Buffer.from(keyOf(key).raw, 'base64url'))
  throw new Error(`the simulation exports no ${format} keys`)
}

function seal (params: AesGcmParams, key: CryptoKey, data: BufferSource): ArrayBuffer {
  const cipher = createCipheriv('aes-256-gcm', objectOf(key), bufferOf(params.iv))
  if (params.additionalData !== undefined) cipher.setAAD(bufferOf(params.additionalData))
  return ownBytes(Buffer.concat([cipher.update(bufferOf(data)), cipher.final(), cipher.getAuthTag()]))
}

function open (params: AesGcmParams, key: CryptoKey, data: BufferSource): ArrayBuffer {
  const sealed = bufferOf(data)
  if (sealed.length < TAG_BYTES) throw new DOMException('too short', 'OperationError')
  const decipher = createDecipheriv('aes-256-gcm', objectOf(key), bufferOf(params.iv))
  if (params.additionalData !== undefined) decipher.setAAD(bufferOf(params.additionalData))
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  return ownBytes(Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]))
}

const named = (key: CryptoKey, ...data: readonly BufferSource[]): string =>
  [keyOf(key).raw, ...data.map((part) => bufferOf(part).toString('base64'))].join(' ')

/** The same signature reaches everybody in the room: it is checked once, and each time anything about it differs. */
const isSigned = (key: CryptoKey, signature: BufferSource, data: BufferSource): boolean =>
  remember(verdicts, named(key, signature, data), () => verify(null, bufferOf(data), objectOf(key), bufferOf(signature)))

/** Ed25519 is deterministic. */
const signWith = (key: CryptoKey, data: BufferSource): ArrayBuffer =>
  remember(signatures, named(key, data), () => ownBytes(sign(null, bufferOf(data), objectOf(key)))).slice(0)

function derive (params: { name: string }, key: CryptoKey, bits: number): ArrayBuffer {
  if (params.name === 'X25519') {
    const { public: theirs } = params as unknown as { public: CryptoKey }
    return ownBytes(diffieHellman({ privateKey: objectOf(key), publicKey: objectOf(theirs) }))
  }
  const { salt, info } = params as HkdfParams
  return ownBytes(hkdfSync('sha256', objectOf(key), bufferOf(salt), bufferOf(info), bits / 8))
}

/** Making a key of a seed takes longer than all that is done with most of them: the runs of one process share these. */
const SHARED_KEYS = 512

/** A stand-in for `globalThis.crypto`. What it does not know, it refuses. */
export function createSyncCrypto (random: Random): Crypto {
  let pairs = random.below(SHARED_KEYS)
  /** Of a pair that this run has not made yet. Where it begins is chance, since much is decided by whose key is smaller. */
  const nextSeed = (): Buffer => createHash('sha256').update(`pair ${++pairs}`).digest()
  const getRandomValues = <T extends ArrayBufferView>(into: T): T => {
    new Uint8Array(into.buffer, into.byteOffset, into.byteLength).set(random.bytes(into.byteLength))
    return into
  }
  const generateKey = (algorithm: Algorithm, extractable: boolean, usages: readonly KeyUsage[]): CryptoKey | CryptoKeyPair => {
    const name = nameOf(algorithm)
    if (!isCurve(name)) return newKey('secret', name, createSecretKey(random.bytes(32)), extractable, usages)
    const handle = privateFromSeed(name, nextSeed())
    return {
      privateKey: newKey('private', name, handle, extractable, usages),
      publicKey: newKey('public', name, publicOf(handle), true, usages)
    }
  }
  const asked = <Args extends unknown[], T>(work: (...args: Args) => T) => async (...args: Args): Promise<T> => await Promise.resolve().then(() => work(...args))
  const subtle = {
    importKey: asked(importKey),
    exportKey: asked(exportKey),
    generateKey: asked(generateKey),
    encrypt: asked(seal),
    decrypt: asked(open),
    sign: asked((_: Algorithm, key: CryptoKey, data: BufferSource) => signWith(key, data)),
    verify: asked((_: Algorithm, key: CryptoKey, signature: BufferSource, data: BufferSource) => isSigned(key, signature, data)),
    deriveBits: asked(derive),
    digest: asked((algorithm: Algorithm, data: BufferSource) =>
      ownBytes(createHash(nameOf(algorithm).replace('-', '').toLowerCase()).update(bufferOf(data)).digest()))
  }
  return {
    getRandomValues,
    randomUUID: () => [4, 2, 2, 2, 6].map((length) => Buffer.from(random.bytes(length)).toString('hex')).join('-'),
    subtle
  } as unknown as Crypto
}
