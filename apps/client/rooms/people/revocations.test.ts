/** Alice's phone was stolen; her laptop and her tablet, and Bob and Carol, hear what her root key says of it. */
import { signal } from '@preact/signals-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DeviceKey } from '#shared/ids.ts'
import { signDeviceList, type DeviceList } from '../../identity/device-list.ts'
import type { DeviceLists } from '../../identity/device-lists.ts'
import { certifyDevice, type Device } from '../../identity/index.ts'
import { createScope, type Scope } from '../../state/scope.ts'
import { keepLists } from '../../testing/device-lists.ts'
import { copy, openKitchen, type Kitchen, type LogHolder } from '../../testing/room-logs.ts'
import { memberOf } from '../membership/resolve.ts'
import { keepDevices } from './revocations.ts'

let kitchen: Kitchen
let phone: LogHolder, tablet: LogHolder

beforeEach(async () => {
  kitchen = await openKitchen()
  const { alice } = kitchen;
  [phone, tablet] = [await kitchen.arrive('Phone'), await kitchen.arrive('Tablet')]
  for (const { device } of [phone, tablet]) await alice.log.writeOperation({ type: 'adddev', member: await certifyDevice(alice.entropy, device, 'Alice') })
  for (const one of [phone, tablet]) await one.log.addEpochs(alice.log.keyring.all())
  for (const one of [kitchen.bob, kitchen.carol, phone, tablet]) await copy(alice, one)
})
afterEach(async () => { await kitchen[Symbol.asyncDispose]() })

const listOf = async (revoked: DeviceKey[], version = 1): Promise<DeviceList> =>
  await signDeviceList(kitchen.alice.entropy, { user: kitchen.alice.user, version, issuedAt: 0, devices: [kitchen.alice.device.key], revoked })
const isIn = ({ log }: LogHolder, { key }: Device): boolean => memberOf(log.membership.value, key) !== null
const written = ({ log }: LogHolder): number => log.operations.all().length

/** What a device does by itself in the room; its timers go off when the test says so, those of up to `afterMs`. */
async function watch ({ log, device }: LogHolder, myUser = kitchen.alice.user, wished = signal<ReadonlySet<DeviceKey>>(new Set()), isFresh = signal(true)): Promise<{ lists: DeviceLists, pass: (afterMs?: number) => Promise<void> }> {
  const { lists } = await keepLists({ myUser })
  const failures: unknown[] = [], jobs: Promise<unknown>[] = []
  let timers: { afterMs: number, job: () => void }[] = []
  const scope: Scope = {
    ...createScope(() => {}),
    later: (afterMs, job) => { timers.push({ afterMs, job }); return () => {} },
    run: (job) => { jobs.push(job.catch((error: unknown) => failures.push(error))) }
  }
  keepDevices({ log, scope, device: device.key, myUser, lists, wished, isFresh })
  return {
    lists,
    async pass (afterMs = 0) {
      const due = timers.filter((timer) => timer.afterMs <= afterMs)
      timers = timers.filter((timer) => timer.afterMs > afterMs)
      for (const { job } of due) job()
      while (jobs.length > 0) await Promise.all(jobs.splice(0))
      expect(failures).toEqual([])
    }
  }
}

/** The first of Alice's devices in the order of their turns, and the other one. */
const inTurn = (): LogHolder[] => [kitchen.alice, tablet].sort((a, b) => a.device.key < b.device.key ? -1 : 1)

describe('a device that its person has revoked', () => {
  it('is put out of the room by another of theirs as soon as that one hears of it, and the room is told the list', async () => {
    const laptop = kitchen.alice, { lists, pass } = await watch(laptop)
    const list = await listOf([phone.device.key])
    await lists.take(list)
    await pass(10_000)
    await pass(10_000)
    expect([isIn(laptop, phone.device), isIn(laptop, tablet.device)]).toEqual([false, true])
    expect(laptop.log.membership.value.deviceLists).toEqual([list])
    const before = written(laptop)
    await pass(10_000)
    expect(written(laptop)).toBe(before)
    await copy(laptop, kitchen.bob)
    expect(isIn(kitchen.bob, phone.device)).toBe(false)
  })

  it('is put out by one that was away: it hears of the list from the room', async () => {
    await kitchen.bob.log.writeOperation({ type: 'devices', list: await listOf([phone.device.key]) })
    const laptop = kitchen.alice, { pass } = await watch(laptop)
    await copy(kitchen.bob, laptop)
    await pass()
    await pass(10_000)
    expect(isIn(laptop, phone.device)).toBe(false)
  })

  it('is put out by the first of theirs, and the others have nothing to do then', async () => {
    const [first, second] = inTurn() as [LogHolder, LogHolder]
    // The phone's own turn is not counted on.
    const watches = [await watch(first), await watch(second)] as const
    for (const { lists } of watches) await lists.take(await listOf([phone.device.key]))
    await watches[0].pass(10_000)
    await watches[0].pass(10_000)
    await copy(first, second)
    const before = written(second)
    await watches[1].pass(10_000)
    await watches[1].pass(10_000)
    expect([written(second), isIn(second, phone.device)]).toEqual([before, false])
  })

  it('is put out where it was only wished as yet, without a list', async () => {
    const wished = signal<ReadonlySet<DeviceKey>>(new Set())
    const { pass } = await watch(tablet, kitchen.alice.user, wished)
    wished.value = new Set([phone.device.key])
    await pass(10_000)
    expect(isIn(tablet, phone.device)).toBe(false)
    expect(tablet.log.membership.value.deviceLists).toEqual([])
  })

  it('is put out by a moderator when none of theirs has done it, and by no member', async () => {
    const { alice: owner, bob, carol } = kitchen
    const laptop = await kitchen.arrive('Bob\'s laptop')
    await owner.log.writeOperation({ type: 'adddev', member: await certifyDevice(bob.entropy, laptop.device, 'Bob') })
    await copy(owner, carol)
    const list = await signDeviceList(bob.entropy, { user: bob.user, version: 1, issuedAt: 0, devices: [], revoked: [laptop.device.key] })
    const watches = [await watch(owner), await watch(carol, carol.user)] as const
    for (const { lists } of watches) await lists.take(list)
    await watches[0].pass(10_000)
    expect(isIn(owner, laptop.device)).toBe(true)
    for (const { pass } of watches) await pass(120_000)
    expect([isIn(owner, laptop.device), isIn(carol, laptop.device)]).toEqual([false, true])
  })

  it('is put out by a moderator who has caught up, and by its own person at once', async () => {
    const { alice: owner, bob } = kitchen
    const laptop = await kitchen.arrive('Bob\'s laptop')
    await owner.log.writeOperation({ type: 'adddev', member: await certifyDevice(bob.entropy, laptop.device, 'Bob') })
    await copy(owner, bob)
    const list = await signDeviceList(bob.entropy, { user: bob.user, version: 1, issuedAt: 0, devices: [], revoked: [laptop.device.key] })
    const isFresh = signal(false)
    const atOwner = await watch(owner, owner.user, undefined, isFresh), atBob = await watch(bob, bob.user, undefined, isFresh)
    for (const { lists, pass } of [atOwner, atBob]) {
      await lists.take(list)
      await pass(120_000)
    }
    expect([isIn(owner, laptop.device), isIn(bob, laptop.device)]).toEqual([true, false])
    isFresh.value = true
    await atOwner.pass(120_000)
    expect(isIn(owner, laptop.device)).toBe(false)
  })

  it('is put out once: a list of somebody else, or one who stands above, is no reason to write again and again', async () => {
    const { alice: owner, bob } = kitchen
    const { lists, pass } = await watch(bob, bob.user)
    await lists.take(await listOf([phone.device.key]))
    const before = written(bob)
    for (let nth = 0; nth < 3; nth++) await pass(120_000)
    expect([written(bob), isIn(bob, phone.device), isIn(bob, owner.device)]).toEqual([before, true, true])
  })
})
