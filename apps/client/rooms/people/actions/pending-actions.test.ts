/** Alice is offline; Bob and Carol go on without her. */
import { computed, signal, type Signal } from '@preact/signals-core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PENDING_ACTIONS_MAX } from '#shared/limits.ts'
import type { UserKey } from '#shared/ids.ts'
import type { Remote } from '../../../mesh/types.ts'
import { createScope, type Scope } from '../../../state/scope.ts'
import type { RoomRecord } from '../../../store/index.ts'
import { actAtOnce } from '../../../testing/act-at-once.ts'
import { copy, openKitchen, type Kitchen, type LogHolder } from '../../../testing/room-logs.ts'
import { createNaming } from '../naming.ts'
import type { AuthorityAction } from './facet.ts'
import { createFreshness, type Freshness } from './freshness.ts'
import { createPendingActions, type PendingActions } from './pending-actions.ts'

const HOUR_MS = 3_600_000

let kitchen: Kitchen, scope: Scope
let alice: LogHolder, bob: LogHolder, carol: LogHolder
let now: number

beforeEach(async () => {
  now = Date.now()
  kitchen = await openKitchen({ now: () => now })
  ;({ alice, bob, carol } = kitchen)
  scope = createScope((error) => { throw error })
})
afterEach(async () => {
  scope.end()
  await kitchen[Symbol.asyncDispose]()
})

interface Desk extends PendingActions { freshness: Freshness, record: Signal<RoomRecord> }

/** What Alice's device does with actions. `exchange`: what it does when it is to exchange with those in reach. */
function openDesk ({ exchange = () => {}, isConnected = false, record }: {
  exchange?: (freshness: Freshness) => void, isConnected?: boolean, record?: Signal<RoomRecord>
} = {}): Desk {
  const kept = record ?? signal<RoomRecord>({ tag: kitchen.tag, name: '', createdAt: 0, draft: '', inviteSecrets: {} })
  const { log, user: myUser } = alice
  const freshness: Freshness = createFreshness({
    log, scope, myUser, now: () => now, isConnected: () => isConnected, compare: () => exchange(freshness)
  })
  const pending = createPendingActions({
    log, myUser, freshness, now: () => now, record: kept,
    naming: createNaming({
      membership: log.membership, myUser, confirmed: signal(new Map()), contacts: signal(new Map())
    }),
    isMember: computed(() => log.membership.value.memberOf(alice.device.key) !== null),
    saveRecord: async (change) => {
      kept.value = { ...kept.peek(), ...change }
      await alice.store.saveRoom(kept.peek())
    },
    perform: actAtOnce(alice)
  })
  return { ...pending, freshness, record: kept }
}

const ban = (who: LogHolder): AuthorityAction => ({ type: 'ban', user: who.user, also: [] })
const isIn = (who: LogHolder, by = alice): boolean => by.log.membership.value.members.has(who.user)
const states = ({ pending }: Desk): string[] => pending.value.map(({ state }) => state)

describe('an action on others', () => {
  it('waits where nothing was exchanged in this run, is asked again, and is written by a yes alone', async () => {
    const desk = openDesk()
    await desk.act(ban(bob))
    expect([isIn(bob), states(desk)]).toEqual([true, ['waiting']])
    expect(desk.pending.value[0]).toMatchObject({ name: { text: 'Bob' }, changes: [], confirm: null })
    desk.freshness.record('node')
    expect([isIn(bob), states(desk)]).toEqual([true, ['ready']])
    await desk.pending.value[0]!.confirm!()
    expect([isIn(bob), states(desk)]).toEqual([false, []])
  })

  it('is written at once within the hour of an exchange, and waits from then on', async () => {
    const desk = openDesk()
    desk.freshness.record(bob.device.key)
    now += HOUR_MS - 1000
    await desk.act(ban(bob))
    expect([isIn(bob), states(desk)]).toEqual([false, []])
    now += 1000
    await desk.act(ban(carol))
    expect(isIn(carol)).toBe(true)
    expect(desk.record.value.pendingActions).toHaveLength(1)
  })

  it('waits after an hour in which nothing was heard of, not even the time', async () => {
    const desk = openDesk()
    desk.freshness.record('node')
    expect(desk.freshness.isFresh.value).toBe(true)
    now += HOUR_MS
    await desk.act(ban(bob))
    expect([isIn(bob), states(desk)]).toEqual([true, ['waiting']])
  })

  it('that a clock set back would make fresh for ever waits as well', async () => {
    const desk = openDesk()
    desk.freshness.record('node')
    now -= HOUR_MS
    await desk.act(ban(bob))
    expect(isIn(bob)).toBe(true)
  })

  it('tells what the others have done meanwhile, and goes no further where it is done', async () => {
    const desk = openDesk()
    await alice.log.writeOperation({ type: 'role', user: carol.user, role: 'moderator', cuts: [] })
    await copy(alice, carol)
    await desk.act({ type: 'kick', user: bob.user, also: [] })
    await actAtOnce(carol)({ type: 'kick', user: bob.user, also: [] })
    await copy(carol, alice)
    desk.freshness.record('node')
    expect(desk.pending.value[0])
      .toMatchObject({ state: 'over', confirm: null, changes: [{ type: 'gone', by: { text: 'Carol' } }] })
    await desk.pending.value[0]!.discard()
    expect(states(desk)).toEqual([])
  })

  it('is still there after a reload, and waits for an exchange of that run', async () => {
    const desk = openDesk()
    desk.freshness.record('node')
    now += HOUR_MS
    await desk.act(ban(bob))
    desk.freshness.record('node')
    const [stored] = (await alice.store.rooms()).filter(({ tag }) => tag === kitchen.tag)
    const again = openDesk({ record: signal(stored!) })
    expect(states(again)).toEqual(['waiting'])
    again.freshness.record('node')
    await again.pending.value[0]!.confirm!()
    expect(isIn(bob)).toBe(false)
  })

  it('replaces the one before on the same person; more than a person thinks over are refused', async () => {
    const desk = openDesk()
    await desk.act({ type: 'kick', user: bob.user, also: [] })
    await desk.act(ban(bob))
    expect(desk.pending.value.map(({ action }) => action.type)).toEqual(['ban'])
    for (let nth = 1; nth < PENDING_ACTIONS_MAX; nth++) {
      await desk.act({ type: 'unban', user: nth.toString(16).padStart(64, '0') as UserKey })
    }
    await expect(desk.act(ban(carol))).rejects.toMatchObject({ code: 'too-many-pending' })
    expect(desk.record.value.pendingActions).toHaveLength(PENDING_ACTIONS_MAX)
  })
})

describe('while somebody is in reach', () => {
  it('it is written after an exchange that brings nothing', async () => {
    const desk = openDesk({ isConnected: true, exchange: (freshness) => freshness.record('node') })
    await desk.act(ban(bob))
    expect([isIn(bob), states(desk)]).toEqual([false, []])
  })

  it('it is asked once more after an exchange that brings something', async () => {
    await carol.log.writeOperation({ type: 'profile', name: 'Caroline' })
    const desk = openDesk({
      isConnected: true,
      exchange: (freshness) => { scope.run(copy(carol, alice).then(() => freshness.record('node'))) }
    })
    await desk.act(ban(bob))
    expect([isIn(bob), states(desk)]).toEqual([true, ['ready']])
  })
})

it('only the node and devices of others tell what happened, and in a room of one\'s own nobody is asked', async () => {
  const desk = openDesk()
  const dora = await kitchen.arrive('Dora')
  for (const remote of [alice.device.key, dora.device.key] as Remote[]) desk.freshness.record(remote)
  expect(desk.freshness.isFresh.value).toBe(false)
  for (const who of [bob, carol]) await actAtOnce(alice)({ type: 'kick', user: who.user, also: [] })
  expect(desk.freshness.isFresh.value).toBe(true)
})
