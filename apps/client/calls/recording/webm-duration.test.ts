import { expect, test } from 'vitest'
import { withDuration } from './webm-duration.ts'

const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.replaceAll(/\s/g, '').match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
const hex = (made: Uint8Array | null): string | null => made === null ? null : [...made].map((byte) => byte.toString(16).padStart(2, '0')).join('')

const HEADER = '1a45dfa3 84 42868101'
const SCALE = '2ad7b1 83 0f4240', APP = '4d80 82 4142'
const REST = '1654ae6b 80 1f43b675 01ffffffffffffff'
const segment = (info: string): string => `18538067 01ffffffffffffff 1549a966 ${info} ${REST}`
const file = (info: string): Uint8Array => bytes(`${HEADER} ${segment(info)}`)
/** 1500.0 */
const DURATION = '4489 88 4097700000000000'

test('the duration goes to the end of what the file says of itself, and all else stays', () => {
  expect(hex(withDuration(file(`8c ${SCALE} ${APP}`), 1500))).toBe(hex(file(`97 ${SCALE} ${APP} ${DURATION}`)))
})

test('a size keeps the room it has', () => {
  expect(hex(withDuration(file(`010000000000000c ${SCALE} ${APP}`), 1500))).toBe(hex(file(`0100000000000017 ${SCALE} ${APP} ${DURATION}`)))
})

test('it counts in what the file counts in', () => {
  // Microseconds, so a thousand times as many.
  expect(hex(withDuration(file('86 2ad7b1 82 03e8'), 1.5))).toBe(hex(file(`91 2ad7b1 82 03e8 ${DURATION}`)))
})

test.each([
  ['that has a duration', file(`97 ${SCALE} ${APP} ${DURATION}`)],
  ['that is no WebM', bytes('52494646')],
  ['that is cut off in the middle of it', file(`8c ${SCALE} ${APP}`).subarray(0, 35)],
  ['whose parts are longer than the whole', file('85 2ad7b1 ff 00')],
  ['with no room for a larger size', file(`f8 ${SCALE} ec ${'ec6d'.padEnd(222, '0')}`)],
  ['that names the size of all', bytes(`${HEADER} 18538067 9f 1549a966 8c ${SCALE} ${APP} ${REST}`)],
  ['of nothing', new Uint8Array()]
])('a file %s stays as it is', (_what, head) => {
  expect(withDuration(head, 1500)).toBeNull()
})
