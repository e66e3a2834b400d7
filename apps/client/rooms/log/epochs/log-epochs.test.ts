/** An epoch is made once: who names an old one in a rotation gets nobody to read or to send in it. */
import { describe, expect, it } from 'vitest'
import type { EpochId } from '#shared/ids.ts'
import { createEpoch } from '../../../crypto/index.ts'
import { copy, openKitchen, SHORT_ID, type LogHolder } from '../../../testing/room-logs.ts'
import { encodeText } from '../../messages/content.ts'
import { toEpochs } from '../../entry/at-node/join-at-node.ts'
import { secretsFor } from './key-bundle.ts'
import { DEFAULT_POLICY } from '../../membership/operations.ts'

const sendsIn = ({ log }: LogHolder): EpochId | undefined => log.keyring.forSending(log.membership.value)?.epochId
/** Says that an epoch that exists is new, for exactly the members. */
async function nameAgain (by: LogHolder, epochId: EpochId): Promise<void> {
  const { membership, keyring } = by.log
  const devices = [...membership.value.members.values()].flatMap((member) => [...member.devices.values()])
  const previous = keyring.forSending(membership.value) ?? keyring.all()[0]!
  const { rotation } = await keyring.rotate(previous, new Map(devices.map(({ device, encryptionKey }) => [device, encryptionKey])))
  await by.log.writeOperation({ type: 'rotate', rotation: { ...rotation, epochId } })
}

it('nobody sends in the epoch of before a removal because a member names it again: the room\'s first one', async () => {
  await using kitchen = await openKitchen()
  const { alice, bob, carol } = kitchen
  const before = sendsIn(alice)!
  await alice.log.writeRemoval((of) => of === carol.device.key, (rotation) => ({ type: 'remove', user: carol.user, isBan: true, cuts: [], rotation }))
  await copy(alice, bob)
  await nameAgain(bob, before)
  await copy(bob, alice)
  const message = await alice.log.writeMessage(encodeText('without Carol'))
  expect(message.header.epochId).not.toBe(before)
  expect(carol.log.keyring.get(message.header.epochId)).toBeNull()
})

it('nor a later one', async () => {
  await using kitchen = await openKitchen()
  const { alice, bob, carol } = kitchen
  await alice.log.rotate()
  const before = sendsIn(alice)!
  for (const other of [bob, carol]) await copy(alice, other)
  await alice.log.writeRemoval((of) => of === carol.device.key, (rotation) => ({ type: 'remove', user: carol.user, isBan: true, cuts: [], rotation }))
  await copy(alice, bob)
  await nameAgain(bob, before)
  await copy(bob, alice)
  for (const person of [alice, bob]) expect(sendsIn(person)).not.toBe(before)
})

it('nobody is handed what was said before they came because they name its epoch again', async () => {
  await using kitchen = await openKitchen()
  const { alice, bob } = kitchen
  await alice.log.writeOperation({ type: 'policy', policy: { ...DEFAULT_POLICY, history: 'since-joining' } })
  await alice.log.rotate()
  await alice.log.writeMessage(encodeText('before'))
  const before = sendsIn(alice)!
  await copy(alice, bob)
  const dave = await kitchen.arrive('Dave')
  await kitchen.admit(alice, dave)
  await dave.log.addEpochs(await toEpochs(secretsFor(alice.log, dave.user)))
  await copy(alice, dave)
  await nameAgain(dave, before)
  await copy(dave, alice)
  const handed = secretsFor(alice.log, dave.user).find(({ epochId }) => epochId === before)
  expect(handed?.messageSecret ?? null).toBeNull()
})

describe.each([['begun before protocol 3', true, 32], ['begun since', false, 64]] as const)('in a room that was %s', (_, isOld, length) => {
  it('all epochs have ids of one length, and everything is read', async () => {
    await using kitchen = await openKitchen({ isOld })
    const { alice, bob } = kitchen
    await alice.log.rotate()
    await alice.log.writeMessage(encodeText('hello'))
    await bob.reload()
    await copy(alice, bob)
    await bob.log.rotate()
    const { header } = await bob.log.writeMessage(encodeText('and back'))
    expect(header.epochId).toHaveLength(length)
    await copy(bob, alice)
    await alice.reload()
    expect(await alice.shown()).toEqual(['hello', 'and back'])
    expect(alice.log.membership.value.epochs.map(({ epochId }) => epochId?.length)).toEqual([length, length, length])
  })

  it('a rotation with an id of the other length is malformed: it makes no epoch', async () => {
    await using kitchen = await openKitchen({ isOld })
    const { alice, bob } = kitchen
    const other = await createEpoch(isOld ? undefined : SHORT_ID)
    const keys = new Map([alice, bob].map(({ device }) => [device.key, device.encryption.newest.value] as const))
    const { rotation, epoch } = await bob.log.keyring.rotate(other, keys)
    expect(epoch.epochId).not.toHaveLength(length)
    await bob.log.writeOperation({ type: 'rotate', rotation })
    await copy(bob, alice)
    expect(alice.log.operations.all().some(({ device }) => device === bob.device.key)).toBe(true)
    expect(alice.log.membership.value.epochs).toHaveLength(1)
    expect(alice.log.keyring.get(epoch.epochId)).toBeNull()
  })

  it('nor one that says it follows an epoch of the other length', async () => {
    await using kitchen = await openKitchen({ isOld })
    const { alice, bob } = kitchen
    const keys = new Map([alice, bob].map(({ device }) => [device.key, device.encryption.newest.value] as const))
    const { rotation } = await bob.log.keyring.rotate(bob.log.keyring.all()[0]!, keys)
    await bob.log.writeOperation({ type: 'rotate', rotation: { ...rotation, previous: isOld ? SHORT_ID.repeat(2) as EpochId : SHORT_ID } })
    await copy(bob, alice)
    expect(alice.log.membership.value.epochs).toHaveLength(1)
  })
})
