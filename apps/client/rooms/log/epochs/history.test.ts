/** A room where history begins with joining: Dave comes, and what was said before stays with those who were there. */
import { expect, it } from 'vitest'
import { eraseBody } from '#shared/wire/envelope.ts'
import { copy, openKitchen, type Kitchen, type LogHolder } from '../../../testing/room-logs.ts'
import { encodeDelete, encodeText } from '../../messages/content.ts'
import { toEpochs } from '../../entry/at-node/join-at-node.ts'
import { secretsFor } from './key-bundle.ts'
import { DEFAULT_POLICY } from '../../membership/operations.ts'

async function quietKitchen (): Promise<Kitchen & { dave: LogHolder }> {
  const kitchen = await openKitchen()
  const { alice, bob, carol } = kitchen
  await alice.log.writeOperation({ type: 'policy', policy: { ...DEFAULT_POLICY, history: 'since-joining' } })
  await alice.log.writeMessage(encodeText('before'))
  for (const other of [bob, carol]) await copy(alice, other)
  return { ...kitchen, dave: await kitchen.arrive('Dave') }
}

/** What a member hands to Dave once he is in. */
async function welcome (by: LogHolder, dave: LogHolder): Promise<void> {
  await dave.log.addEpochs(await toEpochs(secretsFor(by.log, dave.user)))
  await copy(by, dave)
}

it('is heard of from the first word of whoever knows of the newcomer, though they know of no epoch for them yet', async () => {
  await using kitchen = await quietKitchen()
  const { alice, bob, dave } = kitchen
  await kitchen.admit(alice, dave)
  await copy(alice, bob)
  await bob.log.writeMessage(encodeText('hello Dave'))
  await welcome(bob, dave)
  expect(await dave.shown()).toEqual(['hello Dave'])
  await copy(bob, alice)
  expect(await alice.shown()).toEqual(['before', 'hello Dave'])
})

it('is not opened by a key that somebody makes for another reason just then', async () => {
  await using kitchen = await quietKitchen()
  const { alice, bob, carol, dave } = kitchen
  await kitchen.admit(alice, dave)
  await copy(alice, bob)
  await bob.log.writeRemoval((of) => of === carol.device.key, (rotation) => ({ type: 'remove', user: carol.user, isBan: false, cuts: [], rotation }))
  await bob.log.rotate()
  await bob.log.writeMessage(encodeText('without Carol'))
  await welcome(bob, dave)
  expect(await dave.shown()).toEqual(['without Carol'])
})

it('is readable by all once the newcomers are in: no more keys are made than that takes', async () => {
  await using kitchen = await quietKitchen()
  const { alice, dave } = kitchen
  await kitchen.admit(alice, dave)
  await alice.log.writeMessage(encodeText('one'))
  const epochs = alice.log.membership.value.epochs.length
  await alice.log.writeMessage(encodeText('two'))
  expect(alice.log.membership.value.epochs.length).toBe(epochs)
})

it('leaves no gap where something was taken back before the newcomer came, which nothing explains to them; of what they may read no stub is taken', async () => {
  await using kitchen = await quietKitchen()
  const { alice, dave } = kitchen
  const { id } = await alice.log.writeMessage(encodeText('regretted'))
  await alice.log.writeMessage(encodeDelete([id]))
  await kitchen.admit(alice, dave)
  const said = await alice.log.writeMessage(encodeText('hello Dave'))
  const stub = await eraseBody(said)
  await dave.log.addEpochs(await toEpochs(secretsFor(alice.log, dave.user)))
  await copy(alice, dave, (entries) => entries.map((entry) => entry.id === said.id ? stub : entry))
  const [whole] = alice.log.vector().get(alice.log.devTag)!.have
  expect(dave.log.vector().get(alice.log.devTag)?.have).toEqual([{ from: 1, to: whole!.to - 1 }])
  await copy(alice, dave)
  expect(dave.log.vector().get(alice.log.devTag)?.have).toEqual([whole])
  expect(await dave.shown()).toEqual(['hello Dave'])
})
