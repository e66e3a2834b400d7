import { describe, expect, it } from 'vitest'
import { createRandom } from './random.ts'
import { createSyncCrypto } from './sync-crypto.ts'

const ours = createSyncCrypto(createRandom(1)).subtle, real = crypto.subtle
const bytes = (length: number, fill: number): Uint8Array<ArrayBuffer> => new Uint8Array(length).fill(fill)
const PKCS8_PREFIX = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20)
const pkcs8 = new Uint8Array([...PKCS8_PREFIX, ...bytes(32, 9)])

/** The same work by both; answers both results. */
async function both (work: (subtle: SubtleCrypto) => Promise<unknown>): Promise<[unknown, unknown]> {
  const plain = (value: unknown): unknown => value instanceof ArrayBuffer ? [...new Uint8Array(value)] : value
  return [plain(await work(ours)), plain(await work(real))]
}

describe('crypto without threads', () => {
  it.each<[string, (subtle: SubtleCrypto) => Promise<unknown>]>([
    ['SHA-256', async (subtle) => await subtle.digest('SHA-256', bytes(100, 3))],
    ['HKDF', async (subtle) => await subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: bytes(9, 1) },
      await subtle.importKey('raw', bytes(32, 4), 'HKDF', false, ['deriveBits']), 256)],
    ['AES-GCM', async (subtle) => await subtle.encrypt({ name: 'AES-GCM', iv: bytes(12, 5), additionalData: bytes(7, 2) },
      await subtle.importKey('raw', bytes(32, 6), 'AES-GCM', false, ['encrypt']), bytes(50, 8))],
    ['a signature', async (subtle) => await subtle.sign('Ed25519', await subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign']), bytes(30, 1))],
    ['the public half of a seed', async (subtle) => (await subtle.exportKey('jwk', await subtle.importKey('pkcs8', pkcs8, 'Ed25519', true, ['sign']))).x]
  ])('gives the bytes that WebCrypto gives: %s', async (_, work) => {
    const [mine, theirs] = await both(work)
    expect(mine).toEqual(theirs)
  })

  it('agrees on a shared secret with itself, and refuses what WebCrypto refuses', async () => {
    const pair = async (): Promise<CryptoKeyPair> => await ours.generateKey('X25519', false, ['deriveBits'])
    const [alice, bob] = [await pair(), await pair()]
    const shared = async (mine: CryptoKeyPair, theirs: CryptoKeyPair): Promise<ArrayBuffer> =>
      await ours.deriveBits({ name: 'X25519', public: theirs.publicKey }, mine.privateKey, 256)
    expect(new Uint8Array(await shared(alice, bob))).toEqual(new Uint8Array(await shared(bob, alice)))
    await expect(ours.exportKey('pkcs8', alice.privateKey)).rejects.toThrow('not extractable')
    const zero = await ours.importKey('raw', bytes(32, 0), 'X25519', false, [])
    await expect(ours.deriveBits({ name: 'X25519', public: zero }, alice.privateKey, 256)).rejects.toThrow()
  })

  it('knows a wrong signature and a changed ciphertext, also when the right one was seen before', async () => {
    const { privateKey, publicKey } = await ours.generateKey('Ed25519', false, ['sign', 'verify'])
    const signature = await ours.sign('Ed25519', privateKey, bytes(10, 1))
    const verify = async (signed: Uint8Array<ArrayBuffer>, by = signature): Promise<boolean> => await ours.verify('Ed25519', publicKey, by, signed)
    expect([await verify(bytes(10, 1)), await verify(bytes(10, 2)), await verify(bytes(10, 1), bytes(64, 0).buffer)]).toEqual([true, false, false])
    const key = await ours.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
    const sealed = new Uint8Array(await ours.encrypt({ name: 'AES-GCM', iv: bytes(12, 0) }, key, bytes(5, 7)))
    expect(new Uint8Array(await ours.decrypt({ name: 'AES-GCM', iv: bytes(12, 0) }, key, sealed))).toEqual(bytes(5, 7))
    sealed[0]! ^= 1
    await expect(ours.decrypt({ name: 'AES-GCM', iv: bytes(12, 0) }, key, sealed)).rejects.toThrow()
  })
})
