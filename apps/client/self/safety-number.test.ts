import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import type { UserKey } from '#shared/ids.ts'
import { safetyNumberOf } from './safety-number.ts'

const alice = '0a'.repeat(32) as UserKey
const bob = 'b0'.repeat(32) as UserKey
const carol = 'c0'.repeat(32) as UserKey

it('is sixty digits in groups of five, the same for Alice and for Bob', async () => {
  const number = await safetyNumberOf(alice, bob)
  expect(number).toMatch(/^(?:\d{5} ){11}\d{5}$/)
  expect(await safetyNumberOf(bob, alice)).toBe(number)
})

it('is another one for another key', async () => {
  expect(new Set([await safetyNumberOf(alice, bob), await safetyNumberOf(alice, carol), await safetyNumberOf(bob, carol)]).size).toBe(3)
})

it('is what its formula says', async () => {
  const keys = Buffer.from(alice + bob, 'hex')
  let hash = createHash('sha512').update('parley/safety-number/1').update(keys).digest()
  for (let i = 0; i < 5200; i++) hash = createHash('sha512').update(hash).update(keys).digest()
  const groups = Array.from({ length: 12 }, (_, i) => String(hash.readUIntBE(i * 5, 5) % 100_000).padStart(5, '0'))
  expect(await safetyNumberOf(alice, bob)).toBe(groups.join(' '))
})
