/** Who is served by sync, as the devices of a room judge it: Alice, Bob and Carol are in; Mallory's device is made for the attempt. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fromHex, type EpochId } from '#shared/ids.ts'
import { deriveAccessKey, proveAccess, type Access } from '#shared/wire/sync/access.ts'
import { copy, openKitchen, type Kitchen, type LogHolder } from '../../testing/room-logs.ts'
import { encodeText } from '../messages/content.ts'
import { secretsFor } from './epochs/key-bundle.ts'
import { toEpochs } from '../entry/at-node/join-at-node.ts'
import { firstEpochOf, roomAccess } from './room-access.ts'

const NODE = new Uint8Array(32).fill(9)
const HOUR_MS = 3_600_000

let kitchen: Kitchen, now: number
beforeEach(async () => {
  now = 1_790_000_000_000
  kitchen = await openKitchen({ now: () => now })
})
afterEach(async () => { await kitchen[Symbol.asyncDispose]() })

const accessOf = async ({ log, device }: LogHolder): Promise<Access> =>
  (await roomAccess(log, () => firstEpochOf(log, { tag: log.roomTag } as never), { device, nodeKey: () => NODE, now: () => now })).access

/** Whether `verifier` serves `caller`, who calls as an unmodified client does. */
async function serves (verifier: LogHolder, caller: LogHolder): Promise<boolean> {
  const { epochId, proof } = await (await accessOf(caller)).prove(fromHex(verifier.device.key))
  return await (await accessOf(verifier)).check(epochId, proof, fromHex(caller.device.key))
}

/** Whether `verifier` serves a device that was made just now, which proves an epoch that `holder` has the key of. */
async function servesNewDevice (verifier: LogHolder, holder: LogHolder, epochId: EpochId): Promise<boolean> {
  const made = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  const prover = new Uint8Array(await crypto.subtle.exportKey('raw', made.publicKey))
  const { privateKey } = await deriveAccessKey(holder.log.keyring.get(epochId)!.parts.logSecret)
  const proof = await proveAccess(privateKey, { roomTag: kitchen.tag, epochId, prover, verifier: fromHex(verifier.device.key) })
  return await (await accessOf(verifier)).check(epochId, proof, prover)
}

async function removeBy (by: LogHolder, { user }: LogHolder): Promise<void> {
  const { log } = by
  await log.writeRemoval((device) => log.membership.value.memberOf(device)?.user === user, (rotation) => ({ type: 'remove', user, isBan: false, cuts: [], rotation }))
}

const newestOf = ({ log }: LogHolder): EpochId => log.membership.value.epochs.at(-1)!.epochId!

/** Lets somebody in who gets the keys and operations that `by` has, as a welcome hands them over. */
async function welcome (by: LogHolder, name: string): Promise<LogHolder> {
  const newcomer = await kitchen.arrive(name)
  await kitchen.admit(by, newcomer)
  await newcomer.log.addEpochs(await toEpochs(secretsFor(by.log, newcomer.user)))
  await newcomer.log.append(by.log.operations.all())
  return newcomer
}

describe('who was removed', () => {
  it('is refused with a device made just now: none of the keys they hold is current', async () => {
    const { alice, carol } = kitchen
    await alice.log.rotate()
    await copy(alice, carol)
    const held = carol.log.keyring.all().map(({ epochId }) => epochId)
    expect(held).toHaveLength(2)
    for (const epochId of held) expect(await servesNewDevice(alice, carol, epochId)).toBe(true)
    await removeBy(alice, carol)
    for (const epochId of held) expect(await servesNewDevice(alice, carol, epochId)).toBe(false)
    expect(await serves(alice, carol)).toBe(false)
  })

  it('is refused with the key of an epoch from before they came, and after more rotations', async () => {
    const { alice } = kitchen
    const first = newestOf(alice)
    const dave = await welcome(alice, 'Dave')
    await alice.log.rotate()
    await copy(alice, dave)
    await removeBy(alice, dave)
    await alice.log.rotate()
    expect(await servesNewDevice(alice, dave, first)).toBe(false)
  })

  it('is refused although they left by themselves, and let the key of no epoch count until there is one without them', async () => {
    const { alice, carol } = kitchen
    const first = newestOf(alice)
    await carol.log.writeOperation({ type: 'remove', user: carol.user, isBan: false, cuts: [], rotation: null })
    await copy(carol, alice)
    expect(await servesNewDevice(alice, carol, first)).toBe(false)
    await alice.log.writeMessage(encodeText('without Carol'))
    expect(await servesNewDevice(alice, alice, newestOf(alice))).toBe(true)
  })

  it('cannot pass for the node or a member: a proof is of use to the device that made it', async () => {
    const { alice, bob, carol } = kitchen
    const { epochId, proof } = await (await accessOf(bob)).prove(fromHex(alice.device.key))
    await removeBy(alice, carol)
    expect(await (await accessOf(alice)).check(epochId, proof, fromHex(carol.device.key))).toBe(false)
  })
})

describe('who is in', () => {
  it('is served by name after two rotations that they have missed', async () => {
    const { alice, bob, carol } = kitchen
    await removeBy(alice, carol)
    await alice.log.rotate()
    expect(bob.log.keyring.all()).toHaveLength(1)
    expect([await serves(alice, bob), await serves(bob, alice)]).toEqual([true, true])
  })

  it('is served by the current key where their admission is not known yet', async () => {
    const { alice, bob, carol } = kitchen
    await removeBy(alice, carol)
    await copy(alice, bob)
    const dave = await welcome(bob, 'Dave')
    expect(alice.log.membership.value.memberOf(dave.device.key)).toBeNull()
    expect([await serves(alice, dave), await serves(dave, alice)]).toEqual([true, true])
  })

  it('is served there also once they have made an epoch for themselves, which nobody else knows yet', async () => {
    const { alice, bob } = kitchen
    const dave = await welcome(bob, 'Dave')
    await dave.log.rotate()
    expect(alice.log.keyring.get(newestOf(dave))).toBeNull()
    expect(await serves(alice, dave)).toBe(true)
  })

  it('answers with the key that the caller has named, so that a device that was away and one that is new understand each other', async () => {
    const { alice, bob } = kitchen
    const [stale, dave] = [newestOf(alice), await welcome(bob, 'Dave')]
    await bob.log.rotate()
    await copy(bob, dave)
    const { epochId, proof } = await (await accessOf(dave)).prove(fromHex(alice.device.key), stale)
    expect(epochId).toBe(stale)
    expect(await (await accessOf(alice)).check(epochId, proof, fromHex(dave.device.key))).toBe(true)
  })
})

describe('an epoch', () => {
  it('is current for a day after the next one was made', async () => {
    const { alice } = kitchen
    const first = newestOf(alice)
    now += 30 * 24 * HOUR_MS
    expect(await servesNewDevice(alice, alice, first)).toBe(true)
    await alice.log.rotate()
    now += 23 * HOUR_MS
    expect(await servesNewDevice(alice, alice, first)).toBe(true)
    now += 2 * HOUR_MS
    expect([await servesNewDevice(alice, alice, first), await servesNewDevice(alice, alice, newestOf(alice))]).toEqual([false, true])
  })

  it('is current while it is among the newest three', async () => {
    const { alice } = kitchen
    const first = newestOf(alice)
    await alice.log.rotate()
    await alice.log.rotate()
    expect(await servesNewDevice(alice, alice, first)).toBe(true)
    await alice.log.rotate()
    expect(await servesNewDevice(alice, alice, first)).toBe(false)
  })
})

it('the mailbox is shown the epoch the room began with, whatever epoch is current', async () => {
  const { alice, carol } = kitchen
  const first = newestOf(alice)
  await removeBy(alice, carol)
  const { epochId } = await (await accessOf(alice)).prove(NODE)
  expect(epochId).toBe(first)
})
