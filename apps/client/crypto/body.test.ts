import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex, type DeviceKey, type RoomTag } from '#shared/ids.ts'
import { WireError } from '#shared/wire/cbor.ts'
import { openBody, pad, paddedLength, sealBody } from './body.ts'
import { openFrame, sealFrame } from './frame.ts'
import { hkdfAesKey } from './hkdf.ts'

const key = await hkdfAesKey(new Uint8Array(32).fill(1), 'a test')
const otherKey = await hkdfAesKey(new Uint8Array(32).fill(2), 'a test')
const header = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const room = '22'.repeat(16) as RoomTag
const alice = '11'.repeat(32) as DeviceKey

async function reasonOf (promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    if (error instanceof WireError) return error.reason
    throw error
  }
  return 'opened'
}

const flip = (bytes: Uint8Array, bit: number): Uint8Array<ArrayBuffer> => {
  const changed = new Uint8Array(bytes)
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
  return changed
}

describe('padding', () => {
  test('gives short words one length, and longer ones few lengths', () => {
    expect([1, 2, 31, 32].map(paddedLength)).toEqual([32, 32, 32, 32])
    expect([33, 36, 37, 100, 1000, 10_000].map(paddedLength)).toEqual([36, 36, 40, 104, 1024, 10_240])
    const lengths = new Set(Array.from({ length: 10_000 }, (_, i) => paddedLength(i + 1)))
    expect(lengths.size).toBeLessThan(110)
  })

  test('is never shorter, at most 12 % longer above the least length, grows with the length, and is stable', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1_000_000 }), (length) => {
      const padded = paddedLength(length)
      expect(padded).toBeGreaterThanOrEqual(length)
      expect(paddedLength(length + 1)).toBeGreaterThanOrEqual(padded)
      expect(paddedLength(padded)).toBe(padded)
      if (length > 32) expect(padded).toBeLessThanOrEqual(length * 1.12)
    }), { numRuns: 1000 })
  })

  test('has one mark and zeros after the content', () => {
    expect(toHex(pad(Uint8Array.of(7, 0)))).toBe(`070080${'00'.repeat(29)}`)
    expect(pad(new Uint8Array(31)).length).toBe(32)
    expect(pad(new Uint8Array(32)).length).toBe(36)
  })
})

describe('a body', () => {
  test('opens to what was sealed, also when it is empty or ends like padding', async () => {
    await fc.assert(fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constantFrom([], [0], [0x80], [0x80, 0, 0]).map((bytes) => Uint8Array.from(bytes))),
      async (content) => {
        const body = await sealBody(key, header, content)
        expect(body.ciphertext.length).toBe(paddedLength(content.length + 1) + 16)
        expect(await openBody(key, header, body)).toEqual(content)
      }))
  })

  test('sealed by version 1 opens in every later one', async () => {
    const body = {
      nonce: fromHex('63461fca48b148c449043e9b'),
      ciphertext: fromHex('a2fc1ebe7cd95fe3aa8c259d32f0858aad08878a6f30d1964d834960ae7ef945bb6a3075ebb36724a34ac613a0b7a0be')
    }
    expect(new TextDecoder().decode(await openBody(key, header, body))).toBe('Dinner is ready')
  })

  test('stays shut when one bit of it is changed', async () => {
    const body = await sealBody(key, header, new TextEncoder().encode('Dinner is ready'))
    await fc.assert(fc.asyncProperty(fc.nat(body.ciphertext.length * 8 - 1), async (bit) => {
      expect(await reasonOf(openBody(key, header, { ...body, ciphertext: flip(body.ciphertext, bit) }))).toBe('undecryptable')
    }))
    await fc.assert(fc.asyncProperty(fc.nat(body.nonce.length * 8 - 1), async (bit) => {
      expect(await reasonOf(openBody(key, header, { ...body, nonce: flip(body.nonce, bit) }))).toBe('undecryptable')
    }))
  })

  test('stays shut under another header, another key, cut short or empty', async () => {
    const body = await sealBody(key, header, Uint8Array.of(1))
    await fc.assert(fc.asyncProperty(fc.nat(header.length * 8 - 1), async (bit) => {
      expect(await reasonOf(openBody(key, flip(header, bit), body))).toBe('undecryptable')
    }))
    expect(await reasonOf(openBody(otherKey, header, body))).toBe('undecryptable')
    expect(await reasonOf(openBody(key, header, { ...body, ciphertext: body.ciphertext.slice(0, -1) }))).toBe('undecryptable')
    expect(await reasonOf(openBody(key, header, { ...body, ciphertext: new Uint8Array() }))).toBe('undecryptable')
  })

  test('that was erased says so', async () => {
    expect(await reasonOf(openBody(key, header, { erasedHash: new Uint8Array(32) }))).toBe('erased-body')
  })

  test('whose padding a member broke is refused', async () => {
    const nonce = new Uint8Array(12)
    for (const padded of [new Uint8Array(32), new Uint8Array(), Uint8Array.of(1, 2, 3)]) {
      const ciphertext = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: header }, key, padded))
      expect(await reasonOf(openBody(key, header, { nonce, ciphertext }))).toBe('malformed-padding')
    }
  })

  test('has a fresh nonce each time', async () => {
    const bodies = await Promise.all(Array.from({ length: 20 }, async () => await sealBody(key, header, Uint8Array.of(1))))
    expect(new Set(bodies.map(({ nonce }) => toHex(nonce))).size).toBe(20)
  })
})

describe('an unstored frame', () => {
  test('opens for its room and its device only', async () => {
    const sealed = await sealFrame(key, room, alice, Uint8Array.of(1, 2, 3))
    expect(await openFrame(key, room, alice, sealed)).toEqual(Uint8Array.of(1, 2, 3))
    expect(await reasonOf(openFrame(key, '23'.repeat(16) as RoomTag, alice, sealed))).toBe('undecryptable')
    expect(await reasonOf(openFrame(key, room, '12'.repeat(32) as DeviceKey, sealed))).toBe('undecryptable')
    expect(await reasonOf(openFrame(otherKey, room, alice, sealed))).toBe('undecryptable')
  })

  test('stays shut when it is changed or cut, down to nothing', async () => {
    const sealed = await sealFrame(key, room, alice, Uint8Array.of(1, 2, 3))
    for (let bit = 0; bit < sealed.length * 8; bit++) expect(await reasonOf(openFrame(key, room, alice, flip(sealed, bit)))).toBe('undecryptable')
    for (let length = 0; length < sealed.length; length++) expect(await reasonOf(openFrame(key, room, alice, sealed.slice(0, length)))).toBe('undecryptable')
  })
})
