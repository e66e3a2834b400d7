import { expect, it } from 'vitest'
import type { AccountId, DeviceKey, RoomTag } from '#shared/ids.ts'
import { createLimiter } from '../limits/index.ts'
import { createAdmission, type Admission } from './admission.ts'

const [alice, bob, mallory] = ['alice', 'bob', 'mallory'] as AccountId[] as [AccountId, AccountId, AccountId]
const deviceOf = (account: AccountId, nth = 0): DeviceKey => `${account}-${nth}` as DeviceKey
const room = (nth: number): RoomTag => nth.toString(16).padStart(32, '0') as RoomTag

function open ({ max, ofAccount }: { max: number, ofAccount: number }): { admission: Admission, limiter: ReturnType<typeof createLimiter>, clock: { elapsed: number } } {
  const clock = { elapsed: 0 }
  const limiter = createLimiter({ changes: { 'room-proofs': { max }, 'room-proofs-of-account': { max: ofAccount } } })
  return { admission: createAdmission({ limiter, elapsed: () => clock.elapsed, waitMs: 5 }), limiter, clock }
}

it.each([
  ['one device in many rooms', (nth: number) => [deviceOf(mallory), room(nth)] as const],
  ['many devices in one room', (nth: number) => [deviceOf(mallory, nth), room(1)] as const],
  ['many devices in many rooms', (nth: number) => [deviceOf(mallory, nth % 20), room(nth)] as const]
])('an account with %s makes the node forget nothing that others have proven', (_what, proof) => {
  const { admission, limiter } = open({ max: 100, ofAccount: 60 })
  for (let nth = 0; nth < 30; nth++) admission.admit(deviceOf(alice), alice, room(nth))
  for (let nth = 0; nth < 30; nth++) admission.admit(deviceOf(bob), bob, room(nth))
  for (let nth = 0; nth < 1000; nth++) {
    const [device, tag] = proof(nth)
    admission.admit(device, mallory, tag)
  }
  for (let nth = 0; nth < 30; nth++) expect([admission.has(deviceOf(alice), room(nth)), admission.has(deviceOf(bob), room(nth))]).toEqual([true, true])
  expect(admission.has(...proof(999))).toBe(true)
  expect(admission.has(...proof(0))).toBe(false)
  expect(limiter.refusals.get('room-proofs')).toBeGreaterThan(0)
})

it('above the bound of an account its oldest proof is forgotten; one that was shown once more is not the oldest', async () => {
  const { admission } = open({ max: 100, ofAccount: 3 })
  for (const nth of [1, 2, 3, 1, 4]) admission.admit(deviceOf(alice), alice, room(nth))
  expect([1, 2, 3, 4].map((nth) => admission.has(deviceOf(alice), room(nth)))).toEqual([true, false, true, true])
  expect(await admission.isAdmitted(deviceOf(alice), alice, room(2))).toBe(false)
})

it('a proof is good for a day of time that has passed', () => {
  const { admission, clock } = open({ max: 10, ofAccount: 10 })
  admission.admit(deviceOf(alice), alice, room(1))
  clock.elapsed += 23 * 3_600_000
  expect(admission.has(deviceOf(alice), room(1))).toBe(true)
  clock.elapsed += 2 * 3_600_000
  expect(admission.has(deviceOf(alice), room(1))).toBe(false)
})
