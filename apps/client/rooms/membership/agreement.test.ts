import { sha256 } from '@noble/hashes/sha2.js'
import { describe, expect, it } from 'vitest'
import { toHex } from '#shared/ids.ts'
import { randomHistory } from '../../testing/law/random-history.ts'
import { alice, bob, carol, createStory, dave, devTagOf, kitchen, mallory, personOf, type Story } from '../../testing/membership-story.ts'
import { createRandom } from '../../testing/simulation/random.ts'
import { decide } from './law/decide.ts'
import { LAW_VERSION } from './law/version.ts'
import { agreementOf, type Agreement } from './agreement.ts'
import type { Operation } from './operations.ts'
import { resolveMembership, type Law } from './resolve.ts'

const agreementOn = (operations: readonly Operation[], law?: Law): Agreement =>
  agreementOf(resolveMembership(operations, devTagOf, law), operations.map(({ id }) => id))

const shuffled = <T>(list: readonly T[], seed: number): T[] => {
  const random = createRandom(seed)
  return list.map((item) => ({ item, at: random.next() })).sort((a, b) => a.at - b.at).map(({ item }) => item)
}

/** A room in which all kinds of things have happened. */
function lively (): Story {
  const story = kitchen()
  story.role(alice, bob, 'admin')
  const link = story.invite(bob, { role: 'moderator', maxUses: 2 })
  story.add(bob, dave, link)
  story.addDevice(dave, personOf('Dave', 'Dave’s laptop'))
  story.mute(bob, carol, 5)
  story.policy(alice, { slowModeMs: 7, retentionCount: 9 })
  story.rename(alice, 'Pantry', { topic: 'jam' })
  story.remove(alice, mallory, { isBan: true })
  story.rotate(dave)
  story.party(alice, '22'.repeat(16) as never)
  story.revoke(alice, link)
  story.leave(carol)
  return story
}

describe('two devices with the same operations', () => {
  it('come to the same hashes, in whatever order the operations came', () => {
    const { operations } = lively()
    const expected = agreementOn(operations)
    expect(expected).toMatchObject({ law: LAW_VERSION, operations: operations.length })
    for (let seed = 1; seed <= 20; seed++) expect(agreementOn(shuffled(operations, seed))).toEqual(expected)
  })

  it('come to another result where one of them has another rule', () => {
    const { operations } = lively()
    const withoutRoles: Law = (all) => decide([...all].map((one) => one.act.type === 'role' ? { ...one, act: { type: 'nothing' } } : one))
    const [mine, theirs] = [agreementOn(operations), agreementOn(operations, withoutRoles)]
    expect(theirs.set).toBe(mine.set)
    expect(theirs.result).not.toBe(mine.result)
  })
})

describe('two devices of which one lacks an operation', () => {
  it('have another set, whichever it is', () => {
    const { operations } = lively()
    const { set } = agreementOn(operations)
    for (const lacking of operations) expect(agreementOn(operations.filter((one) => one !== lacking)).set).not.toBe(set)
  })

  it('have another set also where it counts for nothing', () => {
    const story = kitchen()
    const before = agreementOn(story.operations)
    story.remove(mallory, alice)
    expect(agreementOn(story.operations).set).not.toBe(before.set)
  })
})

describe('the result is another', () => {
  const differs = (one: (story: Story) => void, other: (story: Story) => void): void => {
    const results = [one, other].map((tell) => {
      const story = kitchen()
      tell(story)
      const membership = story.resolve()
      // What only the order of telling made different, ids, is the same here: both stories have as many operations.
      return agreementOf(membership, story.operations.map(({ id }) => id))
    })
    expect(results[0]?.set).toBe(results[1]?.set)
    expect(results[0]?.result).not.toBe(results[1]?.result)
  }

  it.each<[string, (story: Story) => void, (story: Story) => void]>([
    ['a role', (story) => story.role(alice, bob, 'admin'), (story) => story.role(alice, bob, 'moderator')],
    ['a member', (story) => story.remove(alice, bob), (story) => story.remove(alice, carol)],
    ['a ban', (story) => story.remove(alice, bob, { isBan: true }), (story) => story.remove(alice, bob)],
    ['a device', (story) => story.addDevice(bob, personOf('Bob', 'a laptop')), (story) => story.addDevice(bob, personOf('Bob', 'a tablet'))],
    ['the end of a mute', (story) => story.mute(alice, bob, 5), (story) => story.mute(alice, bob, 6)],
    ['the policy', (story) => story.policy(alice, { slowModeMs: 1 }), (story) => story.policy(alice, { slowModeMs: 2 })],
    ['the name', (story) => story.rename(alice, 'Pantry'), (story) => story.rename(alice, 'Cellar')],
    ['an invitation', (story) => story.invite(alice, { role: 'member' }), (story) => story.invite(alice, { role: 'observer' })],
    ['whether a rotation counts', (story) => story.rotate(alice), (story) => story.rotate(dave)]
  ])('by %s', (_, one, other) => { differs(one, other) })

  it('by a new encryption key of a device', () => {
    const write = (byte: number) => (story: Story): void => { story.write(bob, { type: 'enckey', encryptionKey: new Uint8Array(32).fill(byte) }) }
    differs(write(1), write(2))
  })
})

/**
 * The results of histories that stay as they are. Where one of these changes, a rule has changed: raise `LAW_VERSION`, so that devices with
 * the old rule are not told that they see another room, and write down the new hashes.
 */
it('the law of this version decides as it did', () => {
  const bare = createStory()
  bare.create(alice, 'Kitchen')
  // Which operations count in histories with conflicts of every kind: who knows little, forks, cuts and strikes at will.
  const counted = Array.from({ length: 200 }, (_, seed) => decide(randomHistory(seed + 1, { operations: 14, isSettled: seed % 2 === 0 })))
    .map(({ graph, facts }) => facts.counted.map((at) => graph.ordered[at]?.id).sort().join()).join('\n')
  expect({
    version: LAW_VERSION,
    bare: agreementOn(bare.operations).result,
    lively: agreementOn(lively().operations).result,
    conflicts: toHex(sha256(new TextEncoder().encode(counted)).subarray(0, 8))
  }).toEqual({ version: 1, bare: '28c80ec349b52e2420dcf1db6e8f8e5c', lively: '7ad90c8510e5ca7c01dd6c9662e2484a', conflicts: '0dce20f244b5eee8' })
})
