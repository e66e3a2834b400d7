import { expect, test } from 'vitest'
import { formatBytes } from './format-bytes.ts'

const units = ['B', 'kB', 'MB', 'GB', 'TB']

test.each([[0, '0 B'], [999, '999 B'], [1000, '1 kB'], [1234, '1.2 kB'], [98_765, '99 kB'], [1_234_567, '1.2 MB'], [5e9, '5 GB'], [3e16, '30,000 TB']])('%i bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes, { code: 'en', units })).toBe(text)
})

test('German has its comma', () => {
  expect(formatBytes(1234, { code: 'de', units })).toBe('1,2 kB')
})
