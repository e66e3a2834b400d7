import { expect, it } from 'vitest'
import { createProofs, type Proofs, type ProofsOptions, type UsedProof } from './proofs.ts'

function open (bounds: Partial<ProofsOptions> = {}): { proofs: Proofs, use: (proof: Partial<UsedProof>) => Promise<string>, clock: { now: number } } {
  const clock = { now: 0 }
  const proofs = createProofs({ max: 100, maxPerParty: 50, maxPerDevice: 50, ...bounds, now: () => clock.now })
  return { proofs, clock, use: async (proof) => await proofs.use({ device: 'phone', party: 'mallory', jti: 'a', expiresAt: 9000, ...proof }) }
}

it.each([
  ['device', { maxPerDevice: 3 }],
  ['account', { maxPerParty: 3 }],
  ['device and account', { maxPerDevice: 3, maxPerParty: 3 }]
])('a flood of proofs by one %s makes room for no replay: what cannot be remembered is refused until others have become too old', async (_what, bounds) => {
  const { use, clock } = open(bounds)
  for (const jti of ['a', 'b', 'c']) expect(await use({ jti, expiresAt: jti === 'c' ? 5000 : 9000 })).toBe('fresh')
  expect(await use({ jti: 'd' })).toBe('full')
  expect(await use({ jti: 'a' })).toBe('used')
  expect(await use({ jti: 'a', device: 'tablet', party: 'bob' })).toBe('fresh')
  clock.now = 6000
  expect(await use({ jti: 'd', expiresAt: 12_000 })).toBe('fresh')
  expect(await use({ jti: 'e', expiresAt: 12_000 })).toBe('full')
  expect(await use({ jti: 'a' })).toBe('used')
})

it('when all places are taken, the account with the most loses its oldest proof, which it may not use again, and nobody else is refused', async () => {
  const { use } = open({ max: 60 })
  for (let nth = 0; nth < 50; nth++) expect(await use({ jti: String(nth), expiresAt: 9000 + nth })).toBe('fresh')
  for (let nth = 0; nth < 20; nth++) expect(await use({ jti: String(nth), device: `device ${nth}`, party: `account ${nth}` })).toBe('fresh')
  for (let nth = 0; nth < 20; nth++) expect(await use({ jti: String(nth), device: `device ${nth}`, party: `account ${nth}` })).toBe('used')
  for (let nth = 0; nth < 50; nth++) expect(await use({ jti: String(nth), expiresAt: 9000 + nth })).toBe(nth < 10 ? 'full' : 'used')
  expect(await use({ jti: 'later', expiresAt: 20_000 })).toBe('fresh')
})

it('sixty devices of strangers at their limit refuse nobody else a call', async () => {
  const { use } = open({ max: 2000, maxPerParty: 105, maxPerDevice: 35 })
  for (let device = 0; device < 60; device++) {
    for (let nth = 0; nth < 40; nth++) await use({ jti: String(nth), device: String(device), party: `stranger ${Math.floor(device / 3)}`, expiresAt: 9000 + nth })
  }
  for (let nth = 0; nth < 30; nth++) expect(await use({ jti: `hers ${nth}`, device: 'hers', party: 'alice' })).toBe('fresh')
})

it('a proof without a passport is not accepted once more from another address', async () => {
  const { use } = open()
  expect(await use({ party: 'address 192.0.2.1' })).toBe('fresh')
  expect(await use({ party: 'address 192.0.2.2' })).toBe('used')
})

it('after a jump of the clock no proof of before is taken, and none is remembered until a time that is far away', async () => {
  const { proofs, use } = open({ maxPerDevice: 2 })
  const nonce = proofs.nonce()
  for (const jti of ['a', 'b']) await use({ jti, expiresAt: 40 * 86_400_000 })
  expect(await use({ jti: 'c' })).toBe('full')
  proofs.renew()
  expect(proofs.nonce()).not.toBe(nonce)
  expect(await use({ jti: 'c' })).toBe('fresh')
})

it('each start has a nonce of its own', () => {
  const nonces = Array.from({ length: 10 }, () => open().proofs.nonce())
  expect(new Set(nonces).size).toBe(10)
  for (const nonce of nonces) expect(nonce).toMatch(/^[\w-]{22}$/)
})
