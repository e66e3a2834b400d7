import { expect, it } from 'vitest'
import { createProofs } from './proofs.ts'

it('a flood of proofs makes room for no replay: what cannot be remembered is refused until others have become too old', async () => {
  let now = 0
  const proofs = createProofs({ max: 3, now: () => now })
  for (const id of ['a', 'b', 'c']) expect(await proofs.use(id, id === 'c' ? 5000 : 9000)).toBe('fresh')
  expect(await proofs.use('d', 9000)).toBe('full')
  expect(await proofs.use('a', 9000)).toBe('used')
  now = 6000
  expect(await proofs.use('d', 12_000)).toBe('fresh')
  expect(await proofs.use('e', 12_000)).toBe('full')
  expect(await proofs.use('a', 9000)).toBe('used')
})

it('after a jump of the clock no proof of before is taken, and none is remembered until a time that is far away', async () => {
  const proofs = createProofs({ max: 2, now: () => 0 })
  const nonce = proofs.nonce()
  for (const id of ['a', 'b']) await proofs.use(id, 40 * 86_400_000)
  expect(await proofs.use('c', 9000)).toBe('full')
  proofs.renew()
  expect(proofs.nonce()).not.toBe(nonce)
  expect(await proofs.use('c', 9000)).toBe('fresh')
})

it('each start has a nonce of its own', () => {
  const nonces = Array.from({ length: 10 }, () => createProofs({ max: 1, now: Date.now }).nonce())
  expect(new Set(nonces).size).toBe(10)
  for (const nonce of nonces) expect(nonce).toMatch(/^[\w-]{22}$/)
})
