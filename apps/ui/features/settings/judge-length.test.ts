import { expect, test } from 'vitest'
import { judgeLength } from './judge-length.ts'

test.each([['', 'short'], ['seven77', 'short'], ['eight888', 'fair'], ['correct horse battery staple', 'good']])('%j is %s', (passphrase, length) => {
  expect(judgeLength(passphrase, 8)).toBe(length)
})
