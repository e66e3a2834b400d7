/** Mallory claims the newest epoch from the past: honest devices go on sending in it, and write no rotation for it. */
import { describe, expect, it } from 'vitest'
import type { DeviceKey, EpochId } from '#shared/ids.ts'
import { copy, openKitchen, writeWith, type Kitchen, type LogHolder } from '../../../testing/room-logs.ts'
import { encodeText } from '../../messages/content.ts'
import { encodeOperation } from '../../membership/operation-codec.ts'
import { computeRecipients, DEFAULT_POLICY, type Rotation } from '../../membership/operations.ts'
import type { Membership } from '../../membership/resolve.ts'
import { secretsFor } from './key-bundle.ts'
import { toEpochs } from '../../entry/at-node/join-at-node.ts'

const sendsIn = ({ log }: LogHolder): EpochId | undefined => log.keyring.forSending(log.membership.value)?.epochId
const rotations = ({ log }: LogHolder): number => log.membership.value.epochs.length
const rotationOf = ({ log }: LogHolder, id: EpochId): Rotation =>
  log.membership.value.epochs.find(({ epochId }) => epochId === id)!.rotation!
const devicesIn = (membership: Membership): DeviceKey[] =>
  [...membership.members.values()].flatMap((member) => [...member.devices.keys()]).sort()

const written = ({ log }: LogHolder): number => log.vector().get(log.devTag)?.have[0]?.to ?? 0

const ban = async (by: LogHolder, { user, device }: LogHolder): Promise<void> => {
  await by.log.writeRemoval((of) => of === device.key, (rotation) => ({ type: 'remove', user, isBan: true, cuts: [], rotation }))
}

/** `by` claims an epoch as of what `past` knows. */
async function claim (
  by: LogHolder, id: EpochId, past: Membership, fields: Partial<Rotation> = {}, sentAt = Date.now()
): Promise<void> {
  const rotation = { ...rotationOf(by, id), recipients: await computeRecipients(devicesIn(past)), ...fields }
  const header = { kind: 'operation' as const, sentAt, lamport: 1000 + written(by), heads: past.heads }
  await writeWith(by, { ...header, epochId: by.log.keyring.all()[0]!.epochId }, encodeOperation({ type: 'rotate', rotation }))
}

/** Alice has removed Carol, which made the newest epoch; Mallory was in before. */
async function afterRemoval (): Promise<Kitchen & { mallory: LogHolder, past: Membership }> {
  const kitchen = await openKitchen()
  const { alice, bob, carol } = kitchen
  const mallory = await kitchen.arrive('Mallory')
  await kitchen.admit(alice, mallory)
  await mallory.log.addEpochs(await toEpochs(secretsFor(alice.log, mallory.user)))
  for (const other of [bob, mallory]) await copy(alice, other)
  const past = mallory.log.membership.value
  await ban(alice, carol)
  for (const other of [bob, mallory]) await copy(alice, other)
  return { ...kitchen, mallory, past }
}

/** Everybody sends in `id`, and nobody rotates for that. */
async function expectInUse (id: EpochId, by: LogHolder, ...others: LogHolder[]): Promise<void> {
  for (const other of others) {
    await copy(by, other)
    const before = rotations(other)
    const { header } = await other.log.writeMessage(encodeText('hello'))
    await other.log.writeOperation({ type: 'profile', name: other.name })
    expect([header.epochId, rotations(other), other.log.keyring.unsettled.isDue]).toEqual([id, before, false])
  }
}

describe('an epoch that Mallory claims from before the removal that made it', () => {
  it('stays in use, with the wraps copied', async () => {
    await using kitchen = await afterRemoval()
    const { alice, bob, mallory, past } = kitchen
    const id = sendsIn(alice)!
    await claim(mallory, id, past)
    await expectInUse(id, mallory, alice, bob)
  })

  it('stays in use where she claims it again and again', async () => {
    await using kitchen = await afterRemoval()
    const { alice, bob, mallory, past } = kitchen
    const id = sendsIn(alice)!
    for (let i = 0; i < 10; i++) await claim(mallory, id, past, { wraps: [] })
    expect(written(mallory)).toBe(10)
    await expectInUse(id, mallory, alice, bob)
    await alice.reload()
    expect(sendsIn(alice)).toBe(id)
  })
})

describe('an epoch that Mallory claims as of a moment when it could be sent in', () => {
  const garbage = (count: number) => Array.from({ length: count }, () => crypto.getRandomValues(new Uint8Array(48)))
  it.each([['garbage', garbage], ['nothing', () => []]])('stays in use where she wraps %s', async (_, wrap) => {
    await using kitchen = await afterRemoval()
    const { alice, bob, mallory } = kitchen
    const past = mallory.log.membership.value
    for (const by of [alice, bob]) {
      await by.log.rotate()
      for (const other of [alice, bob, mallory]) if (other !== by) await copy(by, other)
    }
    const id = sendsIn(bob)!
    await claim(mallory, id, past, { wraps: wrap(devicesIn(past).length) })
    await expectInUse(id, mallory, alice, bob)
    await bob.reload()
    expect(sendsIn(bob)).toBe(id)
  })

  it('stays in use where she dates the claim years back', async () => {
    await using kitchen = await afterRemoval()
    const { alice, bob, mallory } = kitchen
    const past = mallory.log.membership.value
    await alice.log.rotate()
    for (const other of [bob, mallory]) await copy(alice, other)
    const id = sendsIn(alice)!
    await claim(mallory, id, past, {}, 1)
    await expectInUse(id, mallory, alice, bob)
  })

  it('stays in use in a room where history begins with joining, and is read by who came since', async () => {
    await using kitchen = await afterRemoval()
    const { alice, bob, mallory } = kitchen
    await alice.log.writeOperation({ type: 'policy', policy: { ...DEFAULT_POLICY, history: 'since-joining' } })
    for (const other of [bob, mallory]) await copy(alice, other)
    const past = mallory.log.membership.value
    const dave = await kitchen.arrive('Dave')
    await kitchen.admit(alice, dave)
    await alice.log.rotate({ hasBarrier: true })
    const id = sendsIn(alice)!
    for (const other of [bob, mallory]) await copy(alice, other)
    await dave.log.addEpochs(await toEpochs(secretsFor(alice.log, dave.user)))
    await claim(mallory, id, past)
    await expectInUse(id, mallory, alice, bob)
    await copy(bob, dave)
    expect((await dave.shown()).slice(-1)).toEqual(['hello'])
  })
})

it('who was removed claims nothing', async () => {
  await using kitchen = await afterRemoval()
  const { alice, bob, mallory, past } = kitchen
  await ban(alice, mallory)
  const id = sendsIn(alice)!
  await copy(alice, mallory)
  await claim(mallory, id, past, { ...rotationOf(alice, id) })
  await expectInUse(id, mallory, alice, bob)
})

it('an old epoch that Mallory names again, knowing who was removed since, is not sent in', async () => {
  await using kitchen = await afterRemoval()
  const { alice, bob, mallory, carol } = kitchen
  const old = sendsIn(alice)!
  await ban(alice, bob)
  await copy(alice, mallory)
  await claim(mallory, old, mallory.log.membership.value)
  await copy(mallory, alice)
  const { header } = await alice.log.writeMessage(encodeText('without Bob'))
  for (const out of [bob, carol]) expect(out.log.keyring.get(header.epochId)).toBeNull()
})
