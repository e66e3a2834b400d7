/** Devices of moderators, with a clock that the tests turn: what they do once the time of a mute is over. */
import { signal, type Signal } from '@preact/signals-core'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createScope, type Scope } from '../../state/scope.ts'
import { copy, entriesOf, openKitchen, type Kitchen, type LogHolder } from '../../testing/room-logs.ts'
import { encodeText } from '../messages/content.ts'
import { cutsOf } from './cuts.ts'
import { liftMutes } from './lift-mutes.ts'

const MINUTE_MS = 60_000
/** Longer than all devices wait for each other. */
const LONG_MS = 5 * MINUTE_MS

let kitchen: Kitchen, scope: Scope
let alice: LogHolder, bob: LogHolder, carol: LogHolder
let isConnected: Signal<boolean>, isFresh: Signal<boolean>

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  kitchen = await openKitchen()
  ;({ alice, bob, carol } = kitchen)
  scope = createScope((error) => { throw error })
  isConnected = signal(true)
  isFresh = signal(true)
  writing = []
})

afterEach(async () => {
  scope.end()
  vi.useRealTimers()
  await kitchen[Symbol.asyncDispose]()
})

/** What is being written: the disk knows no timers. */
let writing: Promise<unknown>[]
const start = ({ log, device, user }: LogHolder): void => liftMutes({
  log: {
    membership: log.membership,
    vector: () => log.vector(),
    async writeOperation (...operation) {
      const written = log.writeOperation(...operation)
      writing.push(written)
      return await written
    }
  },
  scope, device: device.key, myUser: user, now: Date.now, isConnected, isFresh
})
const mute = async (by: LogHolder, whom: LogHolder, until: number | null): Promise<unknown> =>
  await by.log.writeOperation({ type: 'mute', user: whom.user, until, cuts: cutsOf(by.log, whom.user) })
const meet = async (...people: LogHolder[]): Promise<void> => {
  for (const from of people) for (const to of people) if (from !== to) await copy(from, to)
}
/** Time passes, second by second, and what is written reaches these people at once. */
async function pass (ms: number, ...people: LogHolder[]): Promise<void> {
  await meet(...people)
  for (let passed = 0; passed < ms; passed += 1000) {
    await vi.advanceTimersByTimeAsync(1000)
    while (writing.length > 0) {
      await Promise.all(writing.splice(0))
      await meet(...people)
    }
  }
}
/** Operations that everybody of the room has by now. */
const operations = ({ log }: LogHolder): number => log.operations.all().length
const isMuted = (who: LogHolder, by: LogHolder): boolean => by.log.membership.peek().mutes.has(who.user)

it('a mute is lifted once its time is over, and what the person says then is shown', async () => {
  start(alice)
  await mute(alice, bob, Date.now() + MINUTE_MS)
  await pass(MINUTE_MS - 2000, alice, bob)
  expect(isMuted(bob, alice)).toBe(true)
  await pass(LONG_MS, alice, bob)
  expect([isMuted(bob, alice), isMuted(bob, bob)]).toEqual([false, false])
  await bob.log.writeMessage(encodeText('Here I am again.'))
  await copy(bob, alice)
  expect(await alice.shown()).toEqual(['Here I am again.'])
})

it('of two moderators who are there one lifts it', async () => {
  await alice.log.writeOperation({ type: 'role', user: carol.user, role: 'moderator', cuts: cutsOf(alice.log, carol.user) })
  await meet(alice, bob, carol)
  for (const one of [alice, carol]) start(one)
  await mute(carol, bob, Date.now() + MINUTE_MS)
  const before = operations(carol)
  await pass(LONG_MS, alice, bob, carol)
  expect(isMuted(bob, bob)).toBe(false)
  expect([alice, bob, carol].map(operations)).toEqual([before + 1, before + 1, before + 1])
})

it('of two who come back at the same time, after all was over, one lifts it', async () => {
  await alice.log.writeOperation({ type: 'role', user: carol.user, role: 'moderator', cuts: cutsOf(alice.log, carol.user) })
  isConnected.value = false
  await mute(alice, bob, Date.now() + MINUTE_MS)
  await meet(alice, bob, carol)
  for (const one of [alice, carol]) start(one)
  const before = operations(carol)
  await pass(LONG_MS, alice, bob, carol)
  expect(operations(carol)).toBe(before)
  isConnected.value = true
  await pass(LONG_MS, alice, bob, carol)
  expect([alice, bob, carol].map(operations)).toEqual([before + 1, before + 1, before + 1])
  expect(isMuted(bob, bob)).toBe(false)
})

it('nobody lifts it who may not, and nobody who hears that another has', async () => {
  for (const one of [bob, carol]) start(one)
  await mute(alice, bob, Date.now() + MINUTE_MS)
  await meet(alice, bob, carol)
  const before = operations(alice)
  await pass(LONG_MS, alice, bob, carol)
  expect([operations(alice), isMuted(bob, alice)]).toEqual([before, true])
  await mute(alice, bob, null)
  start(alice)
  await pass(LONG_MS, alice, bob, carol)
  expect([operations(carol), isMuted(bob, carol)]).toEqual([before + 1, false])
})

it('a mute that is to last until somebody lifts it, and one that was made longer, stay', async () => {
  start(alice)
  await mute(alice, carol, Date.UTC(9999, 11, 31))
  await mute(alice, bob, Date.now() + MINUTE_MS)
  await mute(alice, bob, Date.now() + 20 * MINUTE_MS)
  await pass(LONG_MS, alice, bob, carol)
  expect([isMuted(bob, bob), isMuted(carol, carol)]).toEqual([true, true])
})

it('several that end together are each lifted once, and the muted do not vanish from the log', async () => {
  start(alice)
  for (const whom of [bob, carol]) await mute(alice, whom, Date.now() + MINUTE_MS)
  await pass(LONG_MS, alice, bob, carol)
  const lifts = (await entriesOf(alice)).filter(({ header }) => header.kind === 'operation').length
  await pass(LONG_MS, alice, bob, carol)
  expect((await entriesOf(alice)).filter(({ header }) => header.kind === 'operation').length).toBe(lifts)
  expect([isMuted(bob, bob), isMuted(carol, carol)]).toEqual([false, false])
})

it('nobody lifts it who knows nothing of the last hour, before they have caught up', async () => {
  isFresh.value = false
  start(alice)
  await mute(alice, bob, Date.now() + MINUTE_MS)
  await pass(LONG_MS, alice, bob)
  expect(isMuted(bob, alice)).toBe(true)
  isFresh.value = true
  await pass(LONG_MS, alice, bob)
  expect(isMuted(bob, alice)).toBe(false)
})
