import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toHex } from '../ids.ts'
import { encodeCbor } from './cbor.ts'
import { CborWriter } from './cbor-writer.ts'

test('writes what the encoder writes, whatever the numbers and lengths', () => {
  const uint = fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER))
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(23, 24, 255, 256, 65_536).map((length) => new Uint8Array(length)))
  fc.assert(fc.property(uint, bytes, fc.uint8Array({ maxLength: 40 }), fc.nat(30), (number, long, short, count) => {
    const writer = new CborWriter(long.length + 200).array(5).uint(number).bytes(long).hex(toHex(short)).null().array(count)
    for (let i = 0; i < count; i++) writer.uint(i)
    expect(writer.end()).toEqual(encodeCbor([number, long, short, null, Array.from({ length: count }, (_, i) => i)]))
  }))
})

test('refuses what is no hex', () => {
  for (const text of ['0', 'zz', 'AB']) expect(() => new CborWriter(9).hex(text)).toThrow(TypeError)
})
