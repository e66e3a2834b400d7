/** Bob's wrap was garbage: he asks, and reads. What he is not entitled to he does not get, and nobody else gets anything. */
import { signal } from '@preact/signals-core'
import { expect, it } from 'vitest'
import type { DeviceKey } from '#shared/ids.ts'
import { createFramePair } from '#shared/wire/testing/frame-pair.ts'
import type { Mesh, PeerLink } from '../../../mesh/types.ts'
import { createEpoch } from '../../../crypto/index.ts'
import { createKeysAnswerer } from '../../../protocols/keys/index.ts'
import { createScope, type Scope } from '../../../state/scope.ts'
import { copy, openKitchen, writeWith, type Kitchen, type LogHolder } from '../../../testing/room-logs.ts'
import { encodeText } from '../../messages/content.ts'
import { encodeOperation } from '../../membership/operation-codec.ts'
import { answerKeys, missingEpochs, startKeyRequests } from './key-requests.ts'
import { openBundle, secretsFor } from './key-bundle.ts'
import { DEFAULT_POLICY } from '../../membership/operations.ts'

/** Alice makes an epoch with a wrap for Bob that is no wrap, and says something in it. */
async function spoil ({ alice, bob }: Kitchen): Promise<void> {
  const members = [...alice.log.membership.value.members.values()].flatMap((member) => [...member.devices.values()])
  const previous = alice.log.keyring.forSending(alice.log.membership.value)
  if (previous === null) throw new Error('no epoch')
  const keys = new Map(members.map((record) => [record.device, record.device === bob.device.key ? new Uint8Array(32).fill(3) : record.encryptionKey]))
  const { rotation, epoch } = await alice.log.keyring.rotate(previous, keys)
  await alice.log.writeOperation({ type: 'rotate', rotation })
  await alice.log.addEpochs([epoch])
  await alice.log.writeMessage(encodeText('under the new key'))
  await copy(alice, bob)
}

/** A link from `asker` to `holder`. @param asked is added how many epochs each question is about */
function meshTo (holder: LogHolder, asker: LogHolder, asked: number[]): Mesh {
  const answer = createKeysAnswerer({
    signal: new AbortController().signal,
    answerOf: async (_tag, ids, by) => {
      asked.push(ids.length)
      return await answerKeys(holder.log, ids, by)
    }
  })
  return {
    links: signal(new Map([[holder.device.key, {} as PeerLink]])),
    drop: () => {},
    open () {
      const pair = createFramePair()
      answer(pair.b, asker.device.key).catch(() => undefined)
      return Promise.resolve(pair.a)
    }
  } as unknown as Mesh
}

const request = ({ log, store, device }: LogHolder, mesh: Mesh, scope: Scope): void =>
  startKeyRequests({ log, store, mesh, present: signal(new Set<DeviceKey>()), device, scope })

it('brings what was said to a device whose wrap was garbage', async () => {
  await using kitchen = await openKitchen()
  const { alice, bob } = kitchen
  await spoil(kitchen)
  expect(await bob.shown()).toEqual([])
  const missing = await missingEpochs(bob.log, bob.store, bob.device.key)
  expect(missing).toHaveLength(1)

  const scope = createScope((error) => { throw error })
  request(bob, meshTo(alice, bob, []), scope)
  await expect.poll(async () => await bob.shown(), { timeout: 15_000 }).toEqual(['under the new key'])
  expect(await missingEpochs(bob.log, bob.store, bob.device.key)).toEqual([])
  scope.end()
})

it.each([
  ['70 operations', true], ['70 messages', false]
])('brings the keys of what was said although %s name epochs that nobody has', async (_, areOperations) => {
  await using kitchen = await openKitchen()
  const { alice, bob, carol: mallory } = kitchen
  const made = await Promise.all(Array.from({ length: 70 }, async () => await createEpoch()))
  await mallory.log.addEpochs(made)
  for (const [place, { epochId }] of made.entries()) {
    const fields = { ...areOperations && { kind: 'operation' as const }, epochId, lamport: 1000 + place }
    await writeWith(mallory, fields, areOperations ? encodeOperation({ type: 'profile', name: 'M' }) : encodeText('hm'))
  }
  await spoil(kitchen)
  await copy(mallory, bob)
  const scope = createScope((error) => { throw error })
  request(bob, meshTo(alice, bob, []), scope)
  await expect.poll(async () => await bob.shown(), { timeout: 15_000 }).toEqual(['under the new key'])
  scope.end()
})

it('asks on at once while keys come, where a room has more than one question carries', async () => {
  await using kitchen = await openKitchen()
  const { alice, bob } = kitchen
  const made = await Promise.all(Array.from({ length: 200 }, async () => await createEpoch()))
  await alice.log.addEpochs(made)
  for (const epoch of made) await alice.log.writeOperation({ type: 'profile', name: 'A' }, epoch)
  await copy(alice, bob)
  const asked: number[] = []
  const scope = createScope((error) => { throw error })
  request(bob, meshTo(alice, bob, asked), scope)
  const lacking = async (): Promise<number> => (await missingEpochs(bob.log, bob.store, bob.device.key)).length
  await expect.poll(lacking, { timeout: 20_000 }).toBe(0)
  expect(asked).toEqual([64, 64, 64, 8])
  scope.end()
})

it('gives nothing to a device that is no member, and what it gives opens for the asker only', async () => {
  await using kitchen = await openKitchen()
  const { alice, bob, carol } = kitchen
  await spoil(kitchen)
  const ids = await missingEpochs(bob.log, bob.store, bob.device.key)
  expect(await answerKeys(alice.log, ids, 'ee'.repeat(32) as DeviceKey)).toBeNull()
  const bundle = await answerKeys(alice.log, ids, bob.device.key)
  if (bundle === null) throw new Error('Bob is a member')
  await expect(openBundle(bundle, `keys/${kitchen.tag}`, carol.device.encryption.all())).rejects.toMatchObject({ reason: 'unwrap-failed' })
  await expect(openBundle(bundle, `welcome/${kitchen.tag}`, bob.device.encryption.all())).rejects.toMatchObject({ reason: 'unwrap-failed' })
})

it('keeps the messages before somebody came from them where history begins with joining', async () => {
  await using kitchen = await openKitchen()
  const { alice, bob } = kitchen
  const before = secretsFor(alice.log, null)
  expect(before.every(({ messageSecret }) => messageSecret !== null)).toBe(true)
  await alice.log.writeOperation({ type: 'policy', policy: { ...DEFAULT_POLICY, history: 'since-joining' } })
  await alice.log.rotate({ hasBarrier: true })
  const [first, second] = secretsFor(alice.log, bob.user)
  expect([first?.messageSecret ?? null, second?.messageSecret === null]).toEqual([null, false])
  expect(first?.logSecret).toHaveLength(32)
  // By a link alone no message can be read at all.
  expect(secretsFor(alice.log, null).map(({ messageSecret }) => messageSecret)).toEqual([null, null])
})
