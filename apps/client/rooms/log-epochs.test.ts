/** An epoch is made once: who names an old one in a rotation gets nobody to read or to send in it. */
import { expect, it } from 'vitest'
import type { EpochId } from '#shared/ids.ts'
import { copy, openKitchen, type LogHolder } from '../testing/room-logs.ts'
import { encodeText } from './content.ts'
import { toEpochs } from './join-at-node.ts'
import { secretsFor } from './key-bundle.ts'
import { DEFAULT_POLICY } from './membership/operations.ts'

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
