/** A rotation that wraps garbage for a member or leaves them out keeps nothing from them: whoever sees it makes another, and hands over what was sealed in it. */
import { signal } from '@preact/signals-core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { DeviceKey } from '#shared/ids.ts'
import type { Epoch } from '../../../crypto/index.ts'
import { createScope } from '../../../state/scope.ts'
import { copy, openKitchen, type Kitchen, type LogHolder } from '../../../testing/room-logs.ts'
import { encodeText } from '../../messages/content.ts'
import { toEpochs } from '../../entry/at-node/join-at-node.ts'
import { secretsFor } from './key-bundle.ts'
import { mendEpochs } from './mend-epochs.ts'
import type { Rotation } from '../../membership/operations.ts'

type Spoiled = (rotation: Rotation, place: number) => Rotation
const garbled: Spoiled = (rotation, place) => ({ ...rotation, wraps: rotation.wraps.with(place, crypto.getRandomValues(new Uint8Array(48))) })

const devicesIn = ({ log }: LogHolder): Map<DeviceKey, Uint8Array<ArrayBuffer>> => new Map([...log.membership.value.members.values()]
  .flatMap((member) => [...member.devices.values()]).map(({ device, encryptionKey }) => [device, encryptionKey]))

/** `by` makes an epoch that says it is for everybody, of whom `victim` can't open it; sealed, as its operation has to be, where everybody reads it. */
async function spoil (by: LogHolder, victim: LogHolder, how: Spoiled = garbled): Promise<Epoch> {
  const devices = devicesIn(by), place = [...devices.keys()].sort().indexOf(victim.device.key)
  const previous = by.log.keyring.forSending(by.log.membership.value) ?? by.log.keyring.all()[0]!
  const { rotation, epoch } = await by.log.keyring.rotate(previous, devices)
  await by.log.writeOperation({ type: 'rotate', rotation: how(rotation, place) })
  await by.log.addEpochs([epoch])
  return epoch
}

/** `by` makes an epoch for everybody but the victims. */
async function leaveOut (by: LogHolder, ...victims: LogHolder[]): Promise<Epoch> {
  const devices = devicesIn(by)
  for (const { device } of victims) devices.delete(device.key)
  const { rotation, epoch } = await by.log.keyring.rotate(by.log.keyring.forSending(by.log.membership.value)!, devices)
  await by.log.writeOperation({ type: 'rotate', rotation })
  await by.log.addEpochs([epoch])
  return epoch
}

const ban = async (by: LogHolder, whom: LogHolder): Promise<void> => {
  await by.log.writeRemoval((of) => of === whom.device.key, (rotation) => ({ type: 'remove', user: whom.user, isBan: true, cuts: [], rotation }))
}
const isIn = (viewer: LogHolder, whom: LogHolder): boolean => viewer.log.membership.value.members.has(whom.user)

/** Alice owns the room, Carol is the one who gets the garbage, Mallory makes it. */
async function withMallory (): Promise<Kitchen & { mallory: LogHolder }> {
  const kitchen = await openKitchen()
  const { alice, bob, carol } = kitchen
  const mallory = await kitchen.arrive('Mallory')
  await kitchen.admit(alice, mallory)
  await mallory.log.addEpochs(await toEpochs(secretsFor(alice.log, mallory.user)))
  for (const other of [bob, carol, mallory]) await copy(alice, other)
  return { ...kitchen, mallory }
}

describe('a ban that follows an epoch with garbage for Carol reaches her by the mailbox alone', () => {
  it('where its author has seen the garbage: they seal nothing in it', async () => {
    await using kitchen = await withMallory()
    const { alice, carol, mallory } = kitchen
    const broken = await spoil(mallory, carol)
    await copy(mallory, alice)
    expect(alice.log.keyring.get(broken.epochId)?.messageKey).toBeInstanceOf(CryptoKey)
    await ban(alice, mallory)
    await alice.log.writeMessage(encodeText('she is gone'))
    await copy(alice, carol)
    expect(isIn(carol, mallory)).toBe(false)
    expect(await carol.shown()).toEqual(['she is gone'])
  })

  it('where its author cannot see it, being newer than the epoch, and others only then', async () => {
    await using kitchen = await withMallory()
    const { alice, bob, carol, mallory } = kitchen
    await alice.log.rotate()
    await alice.log.writeOperation({ type: 'role', user: mallory.user, role: 'moderator', cuts: [] })
    for (const other of [carol, mallory]) await copy(alice, other)
    await spoil(mallory, carol)
    const dave = await kitchen.arrive('Dave')
    await kitchen.admit(mallory, dave)
    await dave.log.addEpochs(await toEpochs(secretsFor(mallory.log, dave.user)))
    await copy(mallory, dave)
    await copy(mallory, alice)
    await alice.log.writeOperation({ type: 'role', user: dave.user, role: 'moderator', cuts: [] })
    await copy(alice, dave)
    await ban(dave, bob)
    await copy(dave, carol)
    expect(isIn(carol, bob)).toBe(true)

    await copy(dave, alice)
    expect(alice.log.keyring.unsettled.isDue).toBe(true)
    await alice.log.rotate()
    expect(alice.log.keyring.unsettled.isDue).toBe(false)
    await copy(alice, carol)
    expect(isIn(carol, bob)).toBe(false)
    await alice.log.writeMessage(encodeText('read by all'))
    for (const other of [carol, dave]) {
      await copy(alice, other)
      expect(await other.shown()).toEqual(['read by all'])
    }
  })

  it('where the epoch leaves her out and Mallory bans in it herself', async () => {
    await using kitchen = await withMallory()
    const { alice, bob, carol, mallory } = kitchen
    await alice.log.writeOperation({ type: 'role', user: mallory.user, role: 'moderator', cuts: [] })
    await copy(alice, mallory)
    const epoch = await leaveOut(mallory, carol)
    await mallory.log.writeOperation({ type: 'remove', user: bob.user, isBan: true, cuts: [], rotation: null }, epoch)
    await mallory.log.writeOperation({ type: 'mute', user: bob.user, until: null, cuts: [] }, epoch)
    await copy(mallory, alice)
    await copy(mallory, carol)
    await alice.log.rotate()
    await ban(alice, mallory)
    await copy(alice, carol)
    expect(isIn(carol, mallory)).toBe(false)
  })

  it('where everything else comes first, and the log is read again from the disk', async () => {
    await using kitchen = await withMallory()
    const { alice, carol, mallory } = kitchen
    const epoch = await spoil(mallory, carol)
    await mallory.log.writeOperation({ type: 'profile', name: 'M' }, epoch)
    await copy(mallory, alice)
    await alice.reload()
    expect(alice.log.keyring.unsettled.isDue).toBe(true)
    await ban(alice, mallory)
    expect(alice.log.keyring.unsettled.isDue).toBe(false)
    await copy(alice, carol, (entries) => entries.toReversed())
    await carol.reload()
    expect(isIn(carol, mallory)).toBe(false)
    expect(carol.log.membership.value.authors.get(mallory.log.devTag)?.name).toBe('M')
  })
})

describe('what a rotation hands over', () => {
  it('opens operations and no messages, but for the epoch that it follows, and only for those it is for', async () => {
    await using kitchen = await withMallory()
    const { alice, bob, carol, mallory } = kitchen
    await alice.log.rotate()
    for (const person of [bob, carol, mallory]) await copy(alice, person)
    const [epoch, other] = [await leaveOut(mallory, bob, carol), await leaveOut(mallory, bob, carol)]
    for (const sealing of [epoch, other]) await mallory.log.writeOperation({ type: 'profile', name: 'M' }, sealing)
    await copy(mallory, alice)
    await ban(alice, bob)
    for (const person of [bob, carol]) await copy(alice, person)
    expect(carol.log.keyring.get(epoch.epochId)?.messageKey).toBeInstanceOf(CryptoKey)
    expect(carol.log.keyring.get(other.epochId)).toMatchObject({ logKey: expect.any(CryptoKey) as CryptoKey, messageKey: null })
    for (const { epochId } of [epoch, other]) expect(bob.log.keyring.get(epochId)).toBeNull()
  })

  it('is nothing where nothing is broken and nobody rotated beside', async () => {
    await using kitchen = await withMallory()
    const { alice, bob } = kitchen
    for (const by of [alice, bob, alice]) {
      await by.log.rotate()
      await copy(by, by === alice ? bob : alice)
      await by.log.writeOperation({ type: 'profile', name: by.name })
    }
    expect(alice.log.membership.value.epochs.map(({ rotation }) => rotation?.handed ?? null)).toEqual([null, null, null, null])
  })

  it('is the operations of an epoch that somebody made at the same moment', async () => {
    await using kitchen = await withMallory()
    const { alice, bob, mallory: dave } = kitchen
    for (const by of [alice, bob]) {
      await by.log.rotate()
      await by.log.writeOperation({ type: 'profile', name: by.name })
    }
    await copy(bob, alice)
    expect(alice.log.keyring.unsettled.isDue).toBe(false)
    await alice.log.rotate()
    expect(alice.log.membership.value.epochs.at(-1)?.rotation?.handed).toBeInstanceOf(Uint8Array)
    await copy(alice, dave)
    expect(dave.log.membership.value.members.get(bob.user)?.name).toBe('Bob')
  })

  it('is of 64 epochs at most, and the next has what is left', async () => {
    await using kitchen = await withMallory()
    const { alice, carol, mallory } = kitchen
    const before = alice.log.operations.all().length
    for (let i = 0; i < 70; i++) await spoil(mallory, carol)
    for (const epoch of mallory.log.keyring.all().slice(1)) await mallory.log.writeOperation({ type: 'profile', name: 'M' }, epoch)
    await copy(mallory, alice)
    expect(alice.log.operations.all().length).toBe(before + 140)
    await alice.log.rotate()
    expect(alice.log.membership.value.epochs.at(-1)!.rotation!.handed!.length).toBeLessThan(7000)
    await copy(alice, carol)
    const held = (): number => mallory.log.keyring.all().filter(({ epochId }) => carol.log.keyring.get(epochId) !== null).length
    const first = held()
    expect(first).toBeGreaterThanOrEqual(64)
    await alice.log.rotate()
    await copy(alice, carol)
    expect(held()).toBeGreaterThan(first)
  })
})

describe('a rotation of protocol 2, whose wraps nobody can check', () => {
  const asBefore: Spoiled = (rotation) => {
    const { handed: _, ...fields } = rotation
    return fields
  }

  it('is read, with what was said in its epoch, and the next who writes makes another', async () => {
    await using kitchen = await openKitchen({ isOld: true })
    const { alice, bob, carol } = kitchen
    const old = await spoil(alice, carol, asBefore)
    await alice.log.writeOperation({ type: 'profile', name: 'A' }, old)
    await copy(alice, bob)
    await bob.reload()
    expect(bob.log.keyring.get(old.epochId)?.messageKey).toBeInstanceOf(CryptoKey)
    expect(bob.log.membership.value.members.get(alice.user)?.name).toBe('A')
    const { header } = await bob.log.writeMessage(encodeText('hello'))
    expect(bob.log.membership.value.epochs.map(({ epochId }) => epochId).indexOf(header.epochId)).toBe(2)
    for (const other of [alice, carol]) {
      await copy(bob, other)
      expect(await other.shown()).toEqual(['hello'])
    }
  })

  it('is no way around the check for a member of now', async () => {
    await using kitchen = await withMallory()
    const { alice, carol, mallory } = kitchen
    const broken = await spoil(mallory, carol, (rotation, place) => asBefore(garbled(rotation, place), place))
    await copy(mallory, alice)
    await ban(alice, mallory)
    expect(alice.log.operations.all().filter(({ header }) => header.epochId === broken.epochId)).toEqual([])
    await copy(alice, carol)
    expect(isIn(carol, mallory)).toBe(false)
  })

  it('is sealed in by nobody after somebody was put out: they would read it under the first key', async () => {
    await using kitchen = await openKitchen({ isOld: true })
    const { alice, bob, carol } = kitchen
    await alice.log.writeRemoval((of) => of === carol.device.key, (rotation) =>
      ({ type: 'remove', user: carol.user, isBan: true, cuts: [], rotation: asBefore(rotation, 0) }))
    await copy(alice, bob)
    await bob.reload()
    const [first] = bob.log.keyring.all().filter(({ epochId }) => carol.log.keyring.get(epochId) !== null)
    const { header } = await bob.log.writeOperation({ type: 'profile', name: 'B' })
    expect(header.epochId).not.toBe(first!.epochId)
    expect(carol.log.keyring.get(header.epochId)).toBeNull()
    await copy(bob, alice)
    expect(alice.log.membership.value.members.get(bob.user)?.name).toBe('B')
  })
})

describe('devices that mend by themselves', () => {
  afterEach(() => { vi.useRealTimers() })
  const pass = async (ms: number): Promise<void> => { await vi.advanceTimersByTimeAsync(ms) }

  function start (of: LogHolder): { ended: Disposable, written: () => Promise<number> } {
    const scope = createScope((error) => { throw error })
    const writing: Promise<void>[] = []
    const { membership, keyring, operations } = of.log
    mendEpochs({
      scope, device: of.device.key, now: Date.now, isConnected: signal(true),
      log: { membership, keyring, operations, rotate: async () => { writing.push(of.log.rotate()); await writing.at(-1) } }
    })
    return { ended: { [Symbol.dispose]: () => { scope.end() } }, written: async () => { await Promise.all(writing); return writing.length } }
  }

  it('rotate once for many broken epochs, and not again before much was written or time has passed', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    await using kitchen = await withMallory()
    const { alice, carol, mallory } = kitchen
    const { ended, written } = start(alice)
    using _ = ended
    await pass(60_000)
    expect(await written()).toBe(0)
    await spoil(mallory, carol)
    await copy(mallory, alice)
    await pass(30_000)
    expect(await written()).toBe(1)
    const due: boolean[] = []
    for (let i = 0; i < 50; i++) {
      const epoch = await spoil(mallory, carol)
      await mallory.log.writeOperation({ type: 'profile', name: 'M' }, epoch)
      await copy(mallory, alice)
      due.push(alice.log.keyring.unsettled.isDue)
      await pass(20_000)
      await written()
    }
    expect(due).toContain(true)
    expect(await written()).toBeGreaterThan(2)
    expect(await written()).toBeLessThan(12)
    await pass(11 * 60_000)
    await written()
    expect(alice.log.keyring.unsettled.isDue).toBe(false)
    await copy(alice, carol)
    const lacking = mallory.log.operations.all().filter(({ header }) => carol.log.keyring.get(header.epochId) === null)
    expect(lacking).toEqual([])
  })

  it('let one of them do it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    await using kitchen = await withMallory()
    const { alice, bob, carol, mallory } = kitchen
    const [one, two] = [start(alice), start(bob)]
    using _ = one.ended
    using __ = two.ended
    await spoil(mallory, carol)
    for (const other of [alice, bob]) await copy(mallory, other)
    for (let i = 0; i < 60; i++) {
      await pass(1000)
      await Promise.all([one.written(), two.written()])
      await copy(alice, bob)
      await copy(bob, alice)
    }
    expect(await one.written() + await two.written()).toBe(1)
  })
})
