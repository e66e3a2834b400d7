import { describe, expect, test } from 'vitest'
import { WireError } from '#shared/wire/cbor.ts'
import { createEncryptionKey, findMissingWraps, unwrapFor, WRAP_OVERHEAD_BYTES, wrapFor, wrapSeed } from './wrap.ts'

const alice = await createEncryptionKey()
const bob = await createEncryptionKey()
const mallory = await createEncryptionKey()
const rawOf = async (pair: CryptoKeyPair): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
const secret = new Uint8Array(32).fill(6)
const everyone = [await rawOf(alice), await rawOf(bob)]

async function reasonOf (promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (error instanceof WireError) return error.reason
    throw error
  }
  return 'opened'
}

describe('a wrapped secret', () => {
  test('opens for each recipient by the wrap in their place', async () => {
    const { ephemeral, wraps } = await wrapFor([await rawOf(alice), await rawOf(bob)], secret, 'epoch/1')
    expect(await unwrapFor([alice], ephemeral, wraps[0]!, 'epoch/1')).toEqual(secret)
    expect(await unwrapFor([bob], ephemeral, wraps[1]!, 'epoch/1')).toEqual(secret)
    expect(wraps.map((wrap) => wrap.length)).toEqual([32 + WRAP_OVERHEAD_BYTES, 32 + WRAP_OVERHEAD_BYTES])
    expect(ephemeral.length).toBe(32)
  })

  test('opens by whichever of a device\'s keys it is for', async () => {
    const { ephemeral, wraps } = await wrapFor([await rawOf(bob)], secret, 'epoch/1')
    expect(await unwrapFor([alice, bob], ephemeral, wraps[0]!, 'epoch/1')).toEqual(secret)
    expect(await reasonOf(unwrapFor([alice, mallory], ephemeral, wraps[0]!, 'epoch/1'))).toBe('unwrap-failed')
    expect(await reasonOf(unwrapFor([], ephemeral, wraps[0]!, 'epoch/1'))).toBe('unwrap-failed')
  })

  test('opens for nobody else, not by another\'s wrap, and for no other use', async () => {
    const { ephemeral, wraps } = await wrapFor([await rawOf(alice), await rawOf(bob)], secret, 'epoch/1')
    expect(await reasonOf(unwrapFor([mallory], ephemeral, wraps[0]!, 'epoch/1'))).toBe('unwrap-failed')
    expect(await reasonOf(unwrapFor([alice], ephemeral, wraps[1]!, 'epoch/1'))).toBe('unwrap-failed')
    expect(await reasonOf(unwrapFor([alice], ephemeral, wraps[0]!, 'epoch/2'))).toBe('unwrap-failed')
    expect(await reasonOf(unwrapFor([alice], await rawOf(mallory), wraps[0]!, 'epoch/1'))).toBe('unwrap-failed')
  })

  test('stays shut when it or its sender key is changed, cut short, or no key at all', async () => {
    const { ephemeral, wraps } = await wrapFor([await rawOf(alice)], secret, 'epoch/1')
    for (let bit = 0; bit < 48 * 8; bit++) {
      const changed = wraps[0]!.map((byte, i) => i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)
      expect(await reasonOf(unwrapFor([alice], ephemeral, changed, 'epoch/1'))).toBe('unwrap-failed')
    }
    for (const other of [new Uint8Array(32), new Uint8Array(31), ephemeral.map((byte, i) => i === 0 ? byte ^ 1 : byte)]) {
      expect(await reasonOf(unwrapFor([alice], other, wraps[0]!, 'epoch/1'))).toBe('unwrap-failed')
    }
    expect(await reasonOf(unwrapFor([alice], ephemeral, new Uint8Array(), 'epoch/1'))).toBe('unwrap-failed')
  })

  test('has a sender key of its own each time', async () => {
    const recipients = [await rawOf(alice)]
    expect((await wrapFor(recipients, secret, 'epoch/1')).ephemeral).not.toEqual((await wrapFor(recipients, secret, 'epoch/1')).ephemeral)
  })

  test('reaches the others when Mallory\'s key is no point of the curve: she cannot stop a rotation by it', async () => {
    const recipients = [await rawOf(alice), new Uint8Array(32), new Uint8Array(32).fill(1, 0, 1), await rawOf(bob), new Uint8Array(31)]
    const { ephemeral, wraps } = await wrapFor(recipients, secret, 'epoch/1')
    expect(wraps.map((wrap) => wrap.length)).toEqual([48, 48, 48, 48, 48])
    expect(await unwrapFor([alice], ephemeral, wraps[0]!, 'epoch/1')).toEqual(secret)
    expect(await unwrapFor([bob], ephemeral, wraps[3]!, 'epoch/1')).toEqual(secret)
  })

  test('of nobody is empty', async () => { expect((await wrapFor([], secret, 'epoch/1')).wraps).toEqual([]) })
})

describe('a wrapped seed', () => {

  test('opens as any wrap does, and is wrapped in one way only', async () => {
    const wrapped = await wrapSeed(everyone, secret, 'epoch/1')
    expect(await unwrapFor([bob], wrapped.ephemeral, wrapped.wraps[1]!, 'epoch/1')).toEqual(secret)
    expect(await wrapSeed(everyone, secret, 'epoch/1')).toEqual(wrapped)
    expect((await wrapSeed(everyone, new Uint8Array(32).fill(7), 'epoch/1')).ephemeral).not.toEqual(wrapped.ephemeral)
  })

  test('tells everyone who has it for whom the wraps are right, in whatever order they are', async () => {
    const { ephemeral, wraps } = await wrapSeed(everyone, secret, 'epoch/1')
    const missing = async (given: Uint8Array<ArrayBuffer>[], context = 'epoch/1'): Promise<number[]> =>
      await findMissingWraps(everyone, secret, { ephemeral, wraps: given }, context)
    expect(await missing(wraps)).toEqual([])
    expect(await missing(wraps.toReversed())).toEqual([])
    expect(await missing([wraps[0]!, new Uint8Array(48)])).toEqual([1])
    expect(await missing([wraps[1]!])).toEqual([0])
    expect(await missing([])).toEqual([0, 1])
    expect(await missing(wraps, 'epoch/2')).toEqual([0, 1])
  })

  test('with another sender key than its own is right for nobody', async () => {
    expect(await findMissingWraps(everyone, secret, await wrapFor(everyone, secret, 'epoch/1'), 'epoch/1')).toEqual([0, 1])
  })

  test('is not missed by Mallory whose key is no point of the curve', async () => {
    const recipients = [await rawOf(alice), new Uint8Array(32), new Uint8Array(31)]
    expect(await findMissingWraps(recipients, secret, await wrapSeed(recipients, secret, 'epoch/1'), 'epoch/1')).toEqual([])
  })
})

test('the private half of an encryption key cannot be read out', async () => {
  expect(alice.privateKey.extractable).toBe(false)
  await expect(crypto.subtle.exportKey('pkcs8', alice.privateKey)).rejects.toThrow()
})
