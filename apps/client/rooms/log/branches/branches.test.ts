/** A device that was copied signs two operations for one position. Everybody ends with both, and with the same room. */
import { signal } from '@preact/signals-core'
import { expect, it } from 'vitest'
import type { DeviceKey } from '#shared/ids.ts'
import { createFramePair } from '#shared/wire/testing/frame-pair.ts'
import type { Mesh, PeerLink } from '../../../mesh/types.ts'
import { createBranchesAnswerer } from '../../../protocols/branches/index.ts'
import { encodeBranchesMessage } from '../../../protocols/branches/messages.ts'
import { createScope } from '../../../state/scope.ts'
import { copy, openKitchen, type Kitchen, type LogHolder } from '../../../testing/room-logs.ts'
import { branchesFor, branchesIn, startBranchExchange } from './branch-exchange.ts'
import { encodeText } from '../../messages/content.ts'
import { createRoomLog } from '../room-log.ts'

/** Carol's device as it was before: what it writes now stands where it has written already. */
async function restore ({ tag, carol }: Kitchen, from: LogHolder): Promise<LogHolder> {
  const log = createRoomLog({ tag, store: from.store, device: carol.device, onDropped: () => {} })
  await log.load()
  return { ...carol, store: from.store, log }
}

/** `asker` asks `holder` over a stream, as devices do. */
async function exchange (asker: LogHolder, holder: LogHolder): Promise<void> {
  const answer = createBranchesAnswerer({ signal: new AbortController().signal, branchesOf: (_tag, device) => branchesFor(holder.log, device) })
  let asked = 0
  const mesh = {
    links: signal(new Map([[holder.device.key, {} as PeerLink]])),
    drop: (reason: string) => asker.dropped.push(reason),
    open () {
      const pair = createFramePair()
      asked++
      answer(pair.b, asker.device.key).catch((error: unknown) => { asker.dropped.push(String(error)) })
      return Promise.resolve(pair.a)
    }
  } as unknown as Mesh
  const scope = createScope((error) => { throw error })
  startBranchExchange({ log: asker.log, mesh, present: signal(new Set<DeviceKey>()), scope })
  await expect.poll(() => asked, { timeout: 15_000 }).toBeGreaterThan(0)
  const idsOf = ({ log }: LogHolder): string[] => log.operations.all().map(({ id }) => id).sort()
  await expect.poll(() => idsOf(holder), { timeout: 15_000 }).toEqual(idsOf(asker))
  // An operation is there a moment before what follows from it: what is being taken in comes to its end.
  await Promise.all([asker, holder].map(async ({ log }) => { await log.append([]) }))
  scope.end()
}

const described = ({ log }: LogHolder) => {
  const { members, name, heads } = log.membership.value
  return { name, heads, members: [...members].map(([user, { role, name: called }]) => [user, role, called]) }
}

/** A kitchen in which Carol's device was copied: she is renamed on one branch, which Alice gets, and on the other, which Bob gets. */
async function fork (kitchen: Kitchen, stretch = 0): Promise<void> {
  const { alice, bob, carol } = kitchen
  const spare = await kitchen.arrive('Spare')
  for (const epoch of carol.log.keyring.all()) await spare.log.addEpochs([epoch])
  await copy(carol, spare)
  const copied = await restore(kitchen, spare)
  for (let i = 0; i < stretch; i++) await carol.log.writeMessage(encodeText(`first ${i}`))
  await carol.log.writeOperation({ type: 'profile', name: 'Carol the first' })
  await copied.log.writeOperation({ type: 'profile', name: 'Carol the second' })
  await copy(carol, alice)
  await copy(copied, bob)
}

it('leaves both with both, and with one room', async () => {
  await using kitchen = await openKitchen()
  const { alice, bob } = kitchen
  await fork(kitchen)
  expect(described(alice)).not.toEqual(described(bob))
  // Bob hears of one branch, as by gossip, and keeps it beside the other.
  await copy(alice, bob)
  expect([...bob.log.copied.value.keys()]).toEqual([kitchen.carol.device.key])
  await exchange(bob, alice)
  expect(described(alice)).toEqual(described(bob))
  expect([...alice.log.copied.value.keys()]).toEqual([kitchen.carol.device.key])
})

it('makes a ban that names one branch understood where the other is held', async () => {
  await using kitchen = await openKitchen()
  const { alice, bob, carol } = kitchen
  await fork(kitchen)
  await alice.log.writeRemoval((device) => device === carol.device.key, (rotation) => ({ type: 'remove', user: carol.user, isBan: true, cuts: [], rotation }))
  await copy(alice, bob)
  await exchange(bob, alice)
  expect(bob.log.membership.value.bans.has(carol.user)).toBe(true)
  expect(described(alice)).toEqual(described(bob))
})

it('keeps what it has of branches over a restart, and says so', async () => {
  await using kitchen = await openKitchen()
  const { alice, bob, carol } = kitchen
  await fork(kitchen)
  await copy(alice, bob)
  const before = described(bob)
  await bob.reload()
  expect(described(bob)).toEqual(before)
  expect([...bob.log.copied.value.keys()]).toEqual([carol.device.key])
})

it('takes operations from beyond a fork that was made by messages', async () => {
  await using kitchen = await openKitchen()
  const { alice, bob } = kitchen
  await fork(kitchen, 3)
  await copy(alice, bob)
  await exchange(bob, alice)
  expect(described(alice)).toEqual(described(bob))
})

it('does not let the copied device write on: what it says would reach some and not others', async () => {
  await using kitchen = await openKitchen()
  const { bob, carol } = kitchen
  await fork(kitchen)
  await copy(bob, carol)
  await expect(carol.log.writeMessage(encodeText('hello?'))).rejects.toMatchObject({ code: 'device-copied' })
})

it('gives nothing to who is no member, and takes nothing of authors who are not known', async () => {
  await using kitchen = await openKitchen()
  const { alice } = kitchen
  const stranger = await kitchen.arrive('Stranger')
  expect(branchesFor(alice.log, stranger.device.key)).toBeNull()
  const held = alice.log.operations.all().length
  const epoch = alice.log.keyring.all()[0]!
  await stranger.log.addEpochs([epoch])
  await branchesIn(alice.log).take([await stranger.log.writeOperation({ type: 'profile', name: 'Mallory' }, epoch)])
  expect(alice.log.operations.all()).toHaveLength(held)
})

it('ends with a member who never comes to an end', async () => {
  await using kitchen = await openKitchen()
  const { alice, bob } = kitchen
  const { a, b } = createFramePair()
  const answering = createBranchesAnswerer({ signal: new AbortController().signal, branchesOf: (_tag, device) => branchesFor(alice.log, device) })(b, bob.device.key)
  const ended = expect(answering).rejects.toMatchObject({ reason: 'too-many-frames' })
  await a.send(encodeBranchesMessage({ type: 'ask', roomTag: kitchen.tag, known: [] }))
  for (let i = 0; i < 100; i++) await a.send(encodeBranchesMessage({ type: 'give', given: [], lacking: [], isMore: true })).catch(() => {})
  await ended
})
