/** Keys of a room that have had their time: of an epoch, and of a device. */
import { signal } from '@preact/signals-core'
import { describe, expect, it } from 'vitest'
import { CERTIFICATE_RENEW_AFTER_MS } from '#shared/limits.ts'
import { certify, ENCRYPTION_KEY_MAX_AGE_MS } from '../../../identity/index.ts'
import { createScope, type Scope } from '../../../state/scope.ts'
import { copy, openKitchen, type Kitchen, type LogHolder } from '../../../testing/room-logs.ts'
import { checkOperation, isRenewal, type OperationCheck } from '../check-operation.ts'
import { encodeText } from '../../messages/content.ts'
import { devicesKnownOf } from '../../entry/direct/direct.ts'
import type { MemberRecord, Renewal } from '../../membership/operations.ts'
import type { ResolvedDevice } from '../../membership/resolve.ts'
import { createUpkeep } from '../../upkeep.ts'

const START = 1_790_000_000_000
const WEEK_MS = 7 * 24 * 3_600_000

describe('an epoch', () => {
  it('is good for a week; whoever writes after that makes the next one', async () => {
    let now = START
    await using kitchen = await openKitchen({ now: () => now })
    const { alice, bob } = kitchen
    const epochs = async (): Promise<string[]> => await Promise.all([alice, bob].map(async ({ log }) => (await log.writeMessage(encodeText('hello'))).header.epochId))
    await alice.log.rotate()
    await copy(alice, bob)
    const [first] = await epochs()
    now += WEEK_MS
    expect(await epochs()).toEqual([first, first])
    now += 1
    const next = (await alice.log.writeMessage(encodeText('a week later'))).header.epochId
    expect(next).not.toBe(first)
    await copy(alice, bob)
    expect(await epochs()).toEqual([next, next])
    expect(await bob.shown()).toContain('a week later')
  })

  it('is good for so many entries', async () => {
    await using kitchen = await openKitchen()
    const { log } = kitchen.alice
    await log.rotate()
    const { startedAt, epochId } = log.membership.value.epochs.at(-1)!
    const isWornAfter = (entries: number): boolean => log.keyring.isWorn(log.membership.value, startedAt, (of) => of === epochId ? entries : 0)
    expect([isWornAfter(19_999), isWornAfter(20_000)]).toEqual([false, true])
  })
})

describe('a device\'s encryption key', () => {
  const keyOfBob = ({ alice, bob }: Kitchen): Uint8Array | undefined => alice.log.membership.value.members.get(bob.user)?.devices.get(bob.device.key)?.encryptionKey
  const renew = async ({ device }: LogHolder): Promise<void> => {
    await device.encryption.renew(START)
    await device.encryption.renew(START + ENCRYPTION_KEY_MAX_AGE_MS + 1)
  }

  /** A room's upkeep whose timers go off when the test says so. */
  function startUpkeep ({ log, device, user }: LogHolder, certified = signal<Renewal | null>(null)): { pass: () => Promise<void>, failures: unknown[] } {
    const failures: unknown[] = []
    const jobs: Promise<unknown>[] = []
    const timers: (() => void)[] = []
    const scope: Scope = {
      ...createScope(() => {}),
      later: (_, job) => { timers.push(job); return () => {} },
      run: (job) => { jobs.push(job.catch((error: unknown) => failures.push(error))) }
    }
    createUpkeep({
      log, device, certified, myUser: user, scope, now: Date.now, api: () => null, isReachable: signal(false), isConnected: signal(false), isFresh: signal(false),
      jobs: () => [], saveJobs: () => Promise.resolve(), compare: () => {}
    }).start()
    return {
      failures,
      async pass () {
        for (const job of timers.splice(0)) job()
        await Promise.all(jobs.splice(0))
      }
    }
  }

  it('is told to the room when there is a new one, once, and the next who writes makes an epoch for it', async () => {
    await using kitchen = await openKitchen()
    const { alice, bob } = kitchen
    const upkeep = startUpkeep(bob)
    const before = bob.log.operations.all().length
    await upkeep.pass()
    expect(bob.log.operations.all().length).toBe(before)
    await renew(bob)
    await upkeep.pass()
    await upkeep.pass()
    await bob.reload()
    expect(bob.log.operations.all().length).toBe(before + 1)
    await copy(bob, alice)
    expect(keyOfBob(kitchen)).toEqual(bob.device.encryption.newest.value)

    const epochs = alice.log.membership.value.epochs.length
    await alice.log.writeMessage(encodeText('under a key for the new one'))
    expect(alice.log.membership.value.epochs.length).toBe(epochs + 1)
    await copy(alice, bob)
    expect(await bob.shown()).toEqual(['under a key for the new one'])
    expect(upkeep.failures).toEqual([])
  })

  it('is told with the device\'s certificate, where that is newer by a month than the one the room knows, once', async () => {
    await using kitchen = await openKitchen()
    const { alice, bob } = kitchen
    const certified = signal<Renewal | null>(null)
    const upkeep = startUpkeep(bob, certified)
    const before = bob.log.operations.all().length
    const known = (): ResolvedDevice => alice.log.membership.value.members.get(bob.user)!.devices.get(bob.device.key)!
    const { issuedAt } = known()
    certified.value = await certify(bob.entropy, bob.device.key, bob.device.encryptionKey, issuedAt! + CERTIFICATE_RENEW_AFTER_MS - 1)
    await upkeep.pass()
    expect(bob.log.operations.all().length).toBe(before)
    certified.value = await certify(bob.entropy, bob.device.key, bob.device.encryptionKey, issuedAt! + CERTIFICATE_RENEW_AFTER_MS)
    for (let nth = 0; nth < 3; nth++) await upkeep.pass()
    await bob.reload()
    await copy(bob, alice)
    expect(alice.log.operations.all().length).toBe(before + 1)
    expect(known().renewed).toEqual(certified.value)
    expect([await isRenewal(known().certified, known().renewed!), known().certified.issuedAt]).toEqual([true, issuedAt])
  })

  it('that was replaced still opens what is wrapped by somebody who has not heard of it', async () => {
    await using kitchen = await openKitchen()
    const { bob, carol } = kitchen
    const upkeep = startUpkeep(bob)
    await renew(bob)
    await upkeep.pass()
    await carol.log.rotate()
    await carol.log.writeMessage(encodeText('for the old one'))
    await copy(carol, bob)
    expect(await bob.shown()).toEqual(['for the old one'])
  })

  it('that is new keeps nobody out of a room that is begun later: they are let in there with what their root key has certified', async () => {
    await using kitchen = await openKitchen()
    const { alice, bob } = kitchen
    const upkeep = startUpkeep(bob)
    await renew(bob)
    await upkeep.pass()
    await copy(bob, alice)
    const [known] = devicesKnownOf(bob.user, [alice.log])
    const check = async (member: MemberRecord): Promise<OperationCheck> => await checkOperation(
      { type: 'add', member, role: 'member', proof: null },
      { author: alice.device.key, roomTag: kitchen.tag, inviteKeys: new Map() })
    expect(known!.encryptionKey).toEqual(bob.device.encryption.newest.value)
    expect(await check(known!)).toBe('bad')
    expect(await check(known!.certified)).toBe('good')
    expect(known!.certified.encryptionKey).not.toEqual(known!.encryptionKey)
  })

  it('is not told by who is no member', async () => {
    await using kitchen = await openKitchen()
    const { alice, bob } = kitchen
    const upkeep = startUpkeep(bob)
    await alice.log.writeRemoval((of) => of === bob.device.key, (rotation) => ({ type: 'remove', user: bob.user, isBan: false, cuts: [], rotation }))
    await copy(alice, bob)
    const before = bob.log.operations.all().length
    await renew(bob)
    await upkeep.pass()
    expect(bob.log.operations.all().length).toBe(before)
  })
})
