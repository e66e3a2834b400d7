/** What a newcomer is given of a room with many epochs, some of which nobody made. */
import { expect, it } from 'vitest'
import type { EpochId } from '#shared/ids.ts'
import { MORE_KEYS_MAX_BYTES, SEALED_KEYS_MAX_BYTES } from '#shared/limits.ts'
import { createEncryptionKey, createEpoch } from '../../../crypto/index.ts'
import { copy, openKitchen } from '../../../testing/room-logs.ts'
import { keysOf } from '../../room-keys.ts'
import { welcomeOf } from '../../entry/admitting.ts'
import { bundleInParts, epochsToPassOn, openBundle, secretsForNewcomer } from './key-bundle.ts'

it('keys of 2,000 epochs come in parts of which each fits into a frame', async () => {
  const secrets = await Promise.all(Array.from({ length: 2000 }, async () => (await createEpoch()).parts))
  const pair = await createEncryptionKey()
  const recipient = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  const { more, ...bundle } = await bundleInParts(recipient, 'a test', secrets)
  expect(bundle.sealedKeys.length).toBeLessThanOrEqual(SEALED_KEYS_MAX_BYTES)
  expect(more).toHaveLength(2)
  for (const part of more) expect(part.length).toBeLessThanOrEqual(MORE_KEYS_MAX_BYTES)
  const opened = await openBundle(bundle, 'a test', [pair], more)
  expect(opened.map(({ epochId }) => epochId)).toEqual(secrets.map(({ epochId }) => epochId))
  const cut = openBundle(bundle, 'a test', [pair], [bundle.sealedKeys.slice(1)])
  await expect(cut).rejects.toMatchObject({ reason: 'undecryptable' })
})

it('epochs that no operation makes are given to no newcomer and kept in no backup, no matter who planted them', async () => {
  await using kitchen = await openKitchen()
  const { alice } = kitchen
  const made = alice.log.keyring.all().map(({ epochId }) => epochId)
  await alice.log.addEpochs(await Promise.all(Array.from({ length: 30 }, async () => await createEpoch())))
  await alice.log.rotate()
  const all = [...made, alice.log.keyring.forSending(alice.log.membership.value)!.epochId]
  expect(secretsForNewcomer(alice.log, null).map(({ epochId }) => epochId).sort()).toEqual(all.toSorted())
  expect(keysOf(alice.log, 'Kitchen')!.epochs.map(({ epochId }) => epochId)).toEqual(all)
  const encryptionKey = alice.device.encryption.newest.value
  const { moreKeys, sealedKeys } = await welcomeOf(alice.log, { user: alice.user, encryptionKey })
  expect([moreKeys.length, sealedKeys.length < 300]).toEqual([0, true])
})

it('where not all fit, a member who makes many epochs displaces their own: those of others and the one in use come first', async () => {
  await using kitchen = await openKitchen()
  const { alice, bob, carol: mallory } = kitchen
  const sendsIn = (): EpochId => alice.log.keyring.forSending(alice.log.membership.value)!.epochId
  const first = sendsIn()
  for (const by of [alice, bob]) {
    await by.log.rotate()
    for (const other of [alice, bob, mallory]) if (other !== by) await copy(by, other)
  }
  const honest = alice.log.membership.value.epochs.map(({ epochId }) => epochId)
  for (let i = 0; i < 12; i++) await mallory.log.rotate()
  await copy(mallory, alice)
  const chosen = epochsToPassOn(alice.log, 6)
  expect(chosen).toHaveLength(6)
  expect(chosen.slice(0, 2)).toEqual([first, sendsIn()])
  expect(honest.filter((id) => !chosen.includes(id!))).toEqual([])
})
