import { describe, expect, test } from 'vitest'
import type { DeviceKey, EpochId } from '#shared/ids.ts'
import { createEncryptionKey, createEpoch, wrapSeed, type Epoch } from '../../../crypto/index.ts'
import { alice, bob, carol, createStory, mallory, rotationOf, type Person, type Story } from '../../../testing/membership-story.ts'
import { createKeyring, type Keyring } from './keyring.ts'
import type { Operation, Rotation } from '../../membership/operations.ts'

const people = [alice, bob, carol, mallory]
const encryption = new Map<DeviceKey, { pair: CryptoKeyPair, raw: Uint8Array<ArrayBuffer> }>()
for (const { device } of people) {
  const pair = await createEncryptionKey()
  encryption.set(device, { pair, raw: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)) })
}

const keyringOf = (person: Person): Keyring => createKeyring({ device: person.device, encryptionKeys: () => [encryption.get(person.device)!.pair] })
const keysOf = (...of: Person[]): Map<DeviceKey, Uint8Array<ArrayBuffer>> => new Map(of.map(({ device }) => [device, encryption.get(device)!.raw]))
/** What the operation log does with what it has opened. */
async function learn (keyring: Keyring, story: Story): Promise<Epoch[]> {
  const rotations = story.operations.flatMap(({ body, device }) =>
    (body.type === 'rotate' || body.type === 'remove') && body.rotation !== null ? [{ rotation: body.rotation, by: device, sealedIn: null }] : [])
  const learned = await keyring.learn(rotations, () => true)
  await keyring.judge(story.resolve())
  return learned
}
const idsOf = (keyring: Keyring): EpochId[] => keyring.all().map(({ epochId }) => epochId).sort()

/** Alice's kitchen with everybody in it, who all have the first epoch. */
async function kitchen (): Promise<{ story: Story, first: Epoch, rings: Map<Person, Keyring>, ring: (person: Person) => Keyring, settled: Operation }> {
  const story = createStory()
  story.create(alice, 'Kitchen')
  const link = story.invite(alice)
  let settled = link
  for (const person of [bob, carol, mallory]) settled = story.add(alice, person, link)
  const first = await createEpoch()
  const rings = new Map(people.map((person) => [person, keyringOf(person)]))
  for (const keyring of rings.values()) await keyring.add(first.parts)
  return { story, first, rings, ring: (person) => rings.get(person)!, settled }
}

describe('a rotation', () => {
  test('for exactly the members is learned by each of them, once', async () => {
    const { story, first, ring } = await kitchen()
    const { rotation, epoch } = await ring(bob).rotate(first, keysOf(...people))
    story.rotate(bob, { rotation })
    for (const person of [alice, carol, mallory]) {
      expect((await learn(ring(person), story)).map(({ epochId }) => epochId)).toEqual([epoch.epochId])
      expect(await learn(ring(person), story)).toEqual([])
      expect(ring(person).get(epoch.epochId)?.messageKey).toBeInstanceOf(CryptoKey)
    }
    expect(await learn(ring(bob), story)).toEqual([])
    expect(ring(bob).get(epoch.epochId)).toBe(epoch)
  })

  test('has one wrap for each recipient, whatever order they were given in', async () => {
    const { first, ring } = await kitchen()
    const { rotation } = await ring(bob).rotate(first, keysOf(mallory, alice, carol, bob))
    expect(rotation.wraps.length).toBe(4)
    expect(rotation.previous).toBe(first.epochId)
    expect([rotation.previousLogSecret.length, rotation.previousMessageSecret.length]).toEqual([60, 60])
  })

  test('that leaves a member out is read by who got it, and sent in by nobody: so nobody is locked out', async () => {
    const { story, first, ring } = await kitchen()
    const { rotation } = await ring(mallory).rotate(first, keysOf(alice, mallory))
    story.rotate(mallory, { rotation })
    for (const person of people) {
      expect((await learn(ring(person), story)).length).toBe(person === alice ? 1 : 0)
      expect(ring(person).forSending(story.resolve())?.epochId).toBe(first.epochId)
    }
  })

  test('that lets somebody in who is no member is sent in by nobody', async () => {
    const { story, first, ring } = await kitchen()
    story.remove(alice, mallory)
    const { rotation } = await ring(bob).rotate(first, keysOf(...people))
    story.rotate(bob, { rotation })
    for (const person of [alice, carol]) {
      expect((await learn(ring(person), story)).length).toBe(1)
      expect(ring(person).forSending(story.resolve())).toBeNull()
    }
  })

  test('that was void is still read: who sent in it did not know', async () => {
    const { story, first, ring, settled } = await kitchen()
    const { rotation, epoch } = await ring(mallory).rotate(first, keysOf(...people))
    story.rotate(mallory, { rotation, after: [settled] })
    story.remove(alice, mallory, { after: [settled] })
    expect(story.resolve().epochs.some(({ epochId }) => epochId === epoch.epochId)).toBe(false)
    expect((await learn(ring(bob), story)).map(({ epochId }) => epochId)).toEqual([epoch.epochId])
    expect(ring(bob).forSending(story.resolve())).toBeNull()
  })

  test('whose wraps are in another order than agreed is read all the same', async () => {
    const { story, first, ring } = await kitchen()
    const { rotation, epoch } = await ring(bob).rotate(first, keysOf(...people))
    story.rotate(bob, { rotation: { ...rotation, wraps: rotation.wraps.toReversed() } })
    for (const person of [alice, carol, mallory]) expect((await learn(ring(person), story)).map(({ epochId }) => epochId)).toEqual([epoch.epochId])
  })

  test('with a history barrier hands on the operations of before, and none of its messages', async () => {
    const { story, first, ring } = await kitchen()
    const handedOn = { ...first, parts: { ...first.parts, messageSecret: null } }
    const { rotation, epoch } = await ring(bob).rotate(handedOn, keysOf(...people))
    story.rotate(bob, { rotation })
    const newcomer = keyringOf(carol)
    await learn(newcomer, story)
    expect(newcomer.get(epoch.epochId)?.messageKey).toBeInstanceOf(CryptoKey)
    expect(newcomer.get(first.epochId)?.logKey).toBeInstanceOf(CryptoKey)
    expect(newcomer.get(first.epochId)?.messageKey).toBeNull()
  })

  test('that says it is for all but wraps garbage is not fatal, and harms only who got the garbage', async () => {
    const { story, first, ring } = await kitchen()
    const { rotation, epoch } = await ring(mallory).rotate(first, keysOf(...people))
    const order = people.map(({ device }) => device).sort()
    const wraps = rotation.wraps.map((wrap, i) => order[i] === carol.device ? crypto.getRandomValues(new Uint8Array(48)) : wrap)
    story.rotate(mallory, { rotation: { ...rotation, wraps } })
    expect(await learn(ring(carol), story)).toEqual([])
    expect((await learn(ring(bob), story)).map(({ epochId }) => epochId)).toEqual([epoch.epochId])
  })

  test.each<[string, (rotation: Rotation) => Partial<Rotation>]>([
    ['without wraps', () => ({ wraps: [] })],
    ['with a sender key that is none', () => ({ ephemeral: new Uint8Array(32) })],
    ['under the name of another epoch', () => ({ epochId: 'ee'.repeat(32) as EpochId })]
  ])('%s is not learned', async (_, change) => {
    const { story, first, ring } = await kitchen()
    const { rotation } = await ring(mallory).rotate(first, keysOf(...people))
    story.rotate(mallory, { rotation: { ...rotation, ...change(rotation) } })
    for (const person of [alice, bob, carol]) expect(await learn(ring(person), story)).toEqual([])
  })

  test('that names one epoch and wraps the seed of another is not learned', async () => {
    const { story, first, ring } = await kitchen()
    const { rotation, epoch } = await ring(mallory).rotate(first, keysOf(...people))
    const devices = people.map(({ device }) => device).sort()
    const { seed } = await createEpoch()
    const forged = await wrapSeed(devices.map((device) => encryption.get(device)!.raw), seed, `epoch/${epoch.epochId}`)
    story.rotate(mallory, { rotation: { ...rotation, ...forged } })
    for (const person of [alice, bob, carol]) expect(await learn(ring(person), story)).toEqual([])
  })

  test('hands on the one before: who has the newest has them all', async () => {
    const { story, first, ring } = await kitchen()
    const second = await ring(bob).rotate(first, keysOf(...people))
    story.rotate(bob, { rotation: second.rotation })
    const third = await ring(bob).rotate(second.epoch, keysOf(...people))
    story.rotate(bob, { rotation: third.rotation })
    const newcomer = keyringOf(carol)
    await newcomer.add(third.epoch.parts)
    const learned = await learn(newcomer, story)
    // Carol opens the second one by her own wrap; the first one comes by the chain.
    expect(learned.map(({ epochId }) => epochId).sort()).toEqual([first.epochId, second.epoch.epochId].sort())
    const strangers = [await createEncryptionKey()]
    const stranger = createKeyring({ device: 'dd'.repeat(32) as DeviceKey, encryptionKeys: () => strangers })
    await stranger.add(third.epoch.parts)
    await learn(stranger, story)
    expect(idsOf(stranger)).toEqual([first.epochId, second.epoch.epochId, third.epoch.epochId].sort())
    expect(stranger.get(first.epochId)?.messageKey).toBeInstanceOf(CryptoKey)
  })

  test('whose chain was broken or lies about the one before is good by itself', async () => {
    const { story, first, ring } = await kitchen()
    const { rotation, epoch } = await ring(mallory).rotate(first, keysOf(...people))
    story.rotate(mallory, { rotation: { ...rotation, previousLogSecret: crypto.getRandomValues(new Uint8Array(60)) } })
    const lying = await ring(mallory).rotate(await createEpoch(), keysOf(...people))
    story.rotate(mallory, { rotation: { ...lying.rotation, previous: first.epochId } })
    const newcomer = keyringOf(carol)
    await learn(newcomer, story)
    expect(idsOf(newcomer)).toEqual([epoch.epochId, lying.epoch.epochId].sort())
  })
})

describe('keys that were handed over', () => {
  test('are taken when they fit their epoch', async () => {
    const keyring = keyringOf(bob)
    const { parts } = await createEpoch()
    const other = (await createEpoch()).parts
    expect(await keyring.add({ ...parts, logSecret: other.logSecret })).toBe(false)
    expect(await keyring.add({ ...parts, epochId: other.epochId })).toBe(false)
    expect(keyring.all()).toEqual([])
    expect(await keyring.add(parts)).toBe(true)
    expect(idsOf(keyring)).toEqual([parts.epochId])
  })

  test('add the messages behind a history barrier when they come, and do not lose them again', async () => {
    const keyring = keyringOf(bob)
    const { parts } = await createEpoch()
    await keyring.add({ ...parts, messageSecret: null })
    expect(keyring.get(parts.epochId)?.messageKey).toBeNull()
    await keyring.add(parts)
    expect(keyring.get(parts.epochId)?.messageKey).toBeInstanceOf(CryptoKey)
    await keyring.add({ ...parts, messageSecret: null })
    expect(keyring.get(parts.epochId)?.messageKey).toBeInstanceOf(CryptoKey)
  })
})

describe('the epoch to send in', () => {
  test('is the first one until there is another, then the newest', async () => {
    const { story, first, ring } = await kitchen()
    expect(ring(bob).forSending(story.resolve())?.epochId).toBe(first.epochId)
    let last = first
    for (let i = 0; i < 6; i++) {
      const { rotation, epoch } = await ring(bob).rotate(last, keysOf(...people))
      story.rotate(bob, { rotation })
      await learn(ring(carol), story)
      expect(ring(carol).forSending(story.resolve())?.epochId).toBe(epoch.epochId)
      last = epoch
    }
  })

  test('is none before any key is known', async () => {
    const { story } = await kitchen()
    expect(keyringOf(bob).forSending(story.resolve())).toBeNull()
  })

  test('is not one whose messages cannot be read here', async () => {
    const { story, first } = await kitchen()
    const keyring = keyringOf(bob)
    await keyring.add({ ...first.parts, messageSecret: null })
    expect(keyring.forSending(story.resolve())).toBeNull()
  })

  test('after a removal is the one that came with it, and the removed cannot open that', async () => {
    const { story, first, ring } = await kitchen()
    const { rotation, epoch } = await ring(alice).rotate(first, keysOf(alice, bob, carol))
    story.remove(alice, mallory, { rotation })
    for (const person of people) await learn(ring(person), story)
    for (const person of [alice, bob, carol]) expect(ring(person).forSending(story.resolve())?.epochId).toBe(epoch.epochId)
    expect(idsOf(ring(mallory))).toEqual([first.epochId])
    expect(ring(mallory).forSending(story.resolve())).toBeNull()
  })

  test('never is one that the removed has: until the new one is known, nothing is sent', async () => {
    const { story, ring } = await kitchen()
    story.remove(alice, mallory, { rotation: rotationOf('with keys that never came') })
    expect(ring(bob).forSending(story.resolve())).toBeNull()
  })

  test('follows every removal: one that knew of the first only is not used', async () => {
    const { story, first, ring, settled } = await kitchen()
    const one = await ring(alice).rotate(first, keysOf(alice, bob, carol))
    story.remove(alice, mallory, { rotation: one.rotation, after: [settled] })
    const two = await ring(alice).rotate(first, keysOf(alice, bob, mallory))
    story.remove(alice, carol, { rotation: two.rotation, after: [settled] })
    await learn(ring(bob), story)
    expect(idsOf(ring(bob)).length).toBe(3)
    expect(ring(bob).forSending(story.resolve())).toBeNull()
    const healed = await ring(bob).rotate(one.epoch, keysOf(alice, bob))
    story.rotate(bob, { rotation: healed.rotation })
    for (const person of [alice, bob]) await learn(ring(person), story)
    expect(ring(alice).forSending(story.resolve())?.epochId).toBe(healed.epoch.epochId)
    expect(ring(bob).forSending(story.resolve())?.epochId).toBe(healed.epoch.epochId)
  })

  test('is the same for all after two rotated at the same moment, and both stay readable', async () => {
    const { story, first, ring, settled } = await kitchen()
    const byBob = await ring(bob).rotate(first, keysOf(...people))
    const byCarol = await ring(carol).rotate(first, keysOf(...people))
    story.rotate(bob, { rotation: byBob.rotation, after: [settled] })
    story.rotate(carol, { rotation: byCarol.rotation, after: [settled] })
    const chosen = new Set<EpochId | undefined>()
    for (const person of people) {
      await learn(ring(person), story)
      expect(idsOf(ring(person))).toEqual([first.epochId, byBob.epoch.epochId, byCarol.epoch.epochId].sort())
      chosen.add(ring(person).forSending(story.resolve())?.epochId)
    }
    expect(chosen.size).toBe(1)
    expect(chosen.has(first.epochId)).toBe(false)
  })
})
