import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromHex, isDeviceKey, isRoomTag, toHex } from './ids.ts'

test('bytes come back from their hex text', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => { expect(fromHex(toHex(bytes))).toEqual(bytes) }))
  expect(toHex(Uint8Array.of(0, 15, 16, 255))).toBe('000f10ff')
})

test.each(['0', 'abc', 'AB', '0g', ' 00', '0x00', '00\n', '٠٠'])('%j is not lower-case hex', (text) => {
  expect(() => fromHex(text)).toThrow(TypeError)
})

test('a room tag has 16 bytes, a device key 32', () => {
  expect(isRoomTag('0f'.repeat(16))).toBe(true)
  expect(isDeviceKey('0f'.repeat(32))).toBe(true)
  for (const text of ['', '0f'.repeat(15), '0f'.repeat(17), '0F'.repeat(16), `${'0f'.repeat(15)}0`, `${'0f'.repeat(15)}0g`]) {
    expect(isRoomTag(text)).toBe(false)
  }
  expect(isDeviceKey('0f'.repeat(16))).toBe(false)
  expect(isDeviceKey(`${'0f'.repeat(31)}\n0`)).toBe(false)
})
