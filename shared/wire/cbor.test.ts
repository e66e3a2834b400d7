import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromHex, toHex } from '../ids.ts'
import { decodeCbor, encodeCbor, readArray, readBytes, readText, readUint, WireError, type Cbor } from './cbor.ts'

const reasonOf = (read: () => unknown): string => {
  try {
    read()
  } catch (error) {
    if (error instanceof WireError) return error.reason
    throw error
  }
  return 'accepted'
}

// Whole numbers only: nothing of ours is a fraction. A text loses a byte order mark at its start.
const scalar: fc.Arbitrary<Cbor> = fc.oneof(
  fc.maxSafeInteger(), fc.boolean(), fc.constant(null), fc.uint8Array(), fc.string({ unit: 'grapheme' }).filter((text) => !text.startsWith('\ufeff')))
const value: fc.Arbitrary<Cbor> = fc.letrec<{ value: Cbor }>((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, scalar, fc.array(tie('value'), { maxLength: 6 }))
})).value

test('values of every kind come back', () => {
  fc.assert(fc.property(value, (written) => { expect(decodeCbor(encodeCbor(written))).toEqual(written === 0 ? 0 : written) }))
})

test('numbers take the least bytes they can (RFC 8949, section 4.2.1)', () => {
  const encoded = [0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER].map((number) => toHex(encodeCbor(number)))
  expect(encoded).toEqual([
    '00', '17', '1818', '18ff', '190100', '19ffff', '1a00010000', '1affffffff', '1b0000000100000000', '1b001fffffffffffff'
  ])
})

test.each([
  ['a number in more bytes than it needs', '1800'],
  ['a length in more bytes than it needs', '980100'],
  ['an array of indefinite length', '9f01ff'],
  ['bytes of indefinite length', '5f4101ff'],
  ['a whole number as half float', 'f93c00'],
  ['a whole number as single float', 'fa3f800000'],
  ['a whole number as double', 'fb3ff0000000000000'],
  ['minus zero', 'f98000'],
  ['not a number', 'f97e00'],
  ['infinity', 'f97c00'],
  ['undefined', 'f7'],
  ['a tag', 'c101'],
  ['a simple value', 'e0'],
  ['a map in another order', 'a2616201616102'],
  ['a map with a key twice', 'a2616101616102'],
  ['text that is not UTF-8', '61ff'],
  ['text with half of a surrogate pair', '63eda080'],
  ['text that begins with a byte order mark', '64efbbbf41'],
  ['something after the value', '0000'],
  ['nothing', ''],
  ['an array that ends early', '8201'],
  ['an array that claims 2^63 elements', '9b8000000000000000'],
  ['bytes that claim 4 GiB', '5affffffff00']
])('%s is refused', (_, hex) => {
  expect(reasonOf(() => decodeCbor(fromHex(hex)))).toMatch(/^(malformed|ambiguous)-cbor$/)
})

test('the same inside of an array is refused too', () => {
  expect(reasonOf(() => decodeCbor(fromHex('8201f93c00')))).toBe('ambiguous-cbor')
  expect(reasonOf(() => decodeCbor(fromHex('82018161ff')))).toBe('ambiguous-cbor')
})

test('a tower of 48,000 arrays is refused, not a crash', () => {
  expect(reasonOf(() => decodeCbor(new Uint8Array(48_000).fill(0x81)))).toBe('malformed-cbor')
})

test('any bytes are either the one encoding of a value or refused with a WireError', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    // Near misses find more than noise: a good encoding with a few bytes changed.
    fc.tuple(value, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 })).map(([written, changes]) => {
      const encoded = encodeCbor(written)
      for (const [at, byte] of changes) encoded[at % encoded.length] = byte
      return encoded
    }))
  fc.assert(fc.property(bytes, (given) => {
    let decoded: unknown
    try {
      decoded = decodeCbor(given)
    } catch (error) {
      expect(error).toBeInstanceOf(WireError)
      return
    }
    expect(toHex(encodeCbor(decoded as Cbor))).toBe(toHex(given))
  }), { numRuns: 3000 })
})

describe('the readers', () => {
  test('name the field they refuse', () => {
    expect(reasonOf(() => readArray('x', 'heads'))).toBe('malformed-heads')
    expect(reasonOf(() => readArray([1], 'heads', 2))).toBe('malformed-heads')
    expect(reasonOf(() => readBytes([1], 'nonce'))).toBe('malformed-nonce')
    expect(reasonOf(() => readBytes(new Uint8Array(3), 'nonce', 4))).toBe('malformed-nonce')
    expect(reasonOf(() => readBytes(new Uint8Array(3), 'body', undefined, 2))).toBe('malformed-body')
    expect(reasonOf(() => readText(new Uint8Array(3), 'name', 3))).toBe('malformed-name')
    expect(reasonOf(() => readText('abcd', 'name', 3))).toBe('malformed-name')
  })

  test('take whole numbers from the least one to 2^53 - 1 only', () => {
    for (const good of [1, 2, Number.MAX_SAFE_INTEGER]) expect(readUint(good, 'seq', 1)).toBe(good)
    for (const bad of [0, -1, 1.5, 2 ** 53, Number.NaN, Infinity, 1n, '1', null, undefined, true]) {
      expect(reasonOf(() => readUint(bad, 'seq', 1))).toBe('malformed-seq')
    }
  })

  test('hand out bytes of their own, so that a frame can be reused', () => {
    const frame = Uint8Array.of(1, 2, 3)
    const read = readBytes(frame.subarray(1), 'body')
    frame.fill(0)
    expect(read).toEqual(Uint8Array.of(2, 3))
    expect(read.buffer.byteLength).toBe(2)
  })
})
