/** A member hands over epochs that nobody made: they are neither stored nor passed on, and an honest hand-over is kept in whatever order it comes. */
import { expect, it } from 'vitest'
import { WAITING_EPOCHS_PER_DEVICE } from '#shared/limits.ts'
import type { VerifiedEnvelope } from '#shared/wire/envelope.ts'
import { createEpoch, type Epoch } from '../../../crypto/index.ts'
import { copy, openKitchen, writeWith, type LogHolder } from '../../../testing/room-logs.ts'
import { encodeText } from '../../messages/content.ts'
import type { Rotation } from '../../membership/operations.ts'
import { sealHanded, sealUnder } from './epoch-reach.ts'

const makeUp = async (count: number): Promise<Epoch[]> => await Promise.all(Array.from({ length: count }, async () => await createEpoch()))

/** `by` makes an epoch for everybody, with what the test puts into its rotation. */
async function rotateWith (by: LogHolder, fields: (epoch: Epoch) => Promise<Partial<Rotation>>, sealedIn?: Epoch): Promise<Epoch> {
  const { membership, keyring } = by.log
  const devices = [...membership.value.members.values()].flatMap((member) => [...member.devices.values()])
  const keys = new Map(devices.map(({ device, encryptionKey }) => [device, encryptionKey]))
  const { rotation, epoch } = await keyring.rotate(keyring.forSending(membership.value) ?? keyring.all()[0]!, keys)
  await by.log.writeOperation({ type: 'rotate', rotation: { ...rotation, ...await fields(epoch) } }, sealedIn)
  return epoch
}
const handOver = async (by: LogHolder, handed: readonly Epoch[], sealedIn?: Epoch): Promise<Epoch> =>
  await rotateWith(by, async ({ logKey }) => ({ handed: await sealHanded(logKey, handed) }), sealedIn)
const leadBack = async ({ logKey, messageKey }: Epoch, { epochId, parts }: Epoch): Promise<Partial<Rotation>> => ({
  previous: epochId, previousLogSecret: await sealUnder(logKey, parts.logSecret), previousMessageSecret: await sealUnder(messageKey, parts.messageSecret!)
})
const stored = async ({ store }: LogHolder, { roomTag }: LogHolder['log']): Promise<number> => (await store.epochs(roomTag)).length

it('twenty rotations that hand over 64 made-up epochs each add the twenty epochs that they make', async () => {
  await using kitchen = await openKitchen()
  const { alice, carol: mallory } = kitchen
  const before = alice.log.keyring.all().length
  for (let i = 0; i < 20; i++) await handOver(mallory, await makeUp(64))
  await copy(mallory, alice)
  expect(alice.log.keyring.all()).toHaveLength(before + 20)
  expect(await stored(alice, alice.log)).toBe(before + 20)
})

it('a rotation that leads back to a made-up epoch adds the epoch that it makes', async () => {
  await using kitchen = await openKitchen()
  const { alice, carol: mallory } = kitchen
  const before = alice.log.keyring.all().length
  for (const previous of await makeUp(5)) await rotateWith(mallory, async (epoch) => await leadBack(epoch, previous))
  await copy(mallory, alice)
  await alice.reload()
  expect(alice.log.keyring.all()).toHaveLength(before + 5)
})

it('an epoch that is handed over before its operation comes is kept with that operation, and opens it', async () => {
  await using kitchen = await openKitchen()
  const { alice, bob, carol } = kitchen
  const [epoch] = await makeUp(1)
  await carol.log.addEpochs([epoch!])
  const profile = await carol.log.writeOperation({ type: 'profile', name: 'C' }, epoch)
  await copy(carol, alice)
  await handOver(alice, [epoch!])
  const isProfile = ({ id }: VerifiedEnvelope): boolean => id === profile.id
  await copy(alice, bob, (entries) => entries.filter((entry) => !isProfile(entry)))
  expect(bob.log.keyring.get(epoch!.epochId)).toBeNull()
  await copy(alice, bob)
  expect(bob.log.membership.value.members.get(carol.user)?.name).toBe('C')
  expect((await bob.store.epochs(kitchen.tag)).some(({ epochId }) => epochId === epoch!.epochId)).toBe(true)
})

it.each([['before', false], ['after', true]])('an epoch whose rotation cannot be opened is kept where a message in it comes %s the rotation that leads back to it', async (_, isLate) => {
  await using kitchen = await openKitchen()
  const { alice, bob, carol } = kitchen
  const [hidden] = await makeUp(1), [first] = alice.log.keyring.all()
  await alice.log.addEpochs([hidden!])
  const made = await handOver(alice, [], hidden)
  const following = await rotateWith(alice, async (epoch) => ({ ...await leadBack(epoch, made), handed: null }), first)
  await copy(alice, carol)
  await carol.log.addEpochs([made])
  await writeWith(carol, { epochId: made.epochId }, encodeText('hello'))
  await copy(carol, alice)
  const isSecond = ({ header: { kind, seq }, device }: VerifiedEnvelope): boolean =>
    isLate ? device === alice.device.key && seq === alice.log.vector().get(alice.log.devTag)?.have[0]?.to : kind === 'message'
  await copy(alice, bob, (entries) => entries.filter((entry) => !isSecond(entry)))
  expect(bob.log.keyring.get(made.epochId)).toBeNull()
  await copy(alice, bob, (entries) => entries.filter(isSecond))
  expect(bob.log.keyring.get(following.epochId)).not.toBeNull()
  expect(bob.log.keyring.get(made.epochId)?.messageKey).toBeInstanceOf(CryptoKey)
  expect((await bob.store.epochs(kitchen.tag)).some(({ epochId }) => epochId === made.epochId)).toBe(true)
})

it('a device that hands over more than its share displaces what it handed over itself', async () => {
  await using kitchen = await openKitchen()
  const { alice, bob, carol: mallory } = kitchen
  const honest = await makeUp(1)
  await handOver(bob, honest)
  await copy(bob, mallory)
  const first = await makeUp(64)
  await handOver(mallory, [...honest, ...first.slice(1)])
  for (let handed = 64; handed <= WAITING_EPOCHS_PER_DEVICE; handed += 64) await handOver(mallory, await makeUp(64))
  await copy(mallory, alice)
  expect(alice.log.keyring.isWaiting(honest[0]!.epochId)).toBe(true)
  expect(first.slice(1).filter(({ epochId }) => alice.log.keyring.isWaiting(epochId))).toEqual([])
})
