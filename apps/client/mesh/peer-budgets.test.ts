import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DeviceKey } from '#shared/ids.ts'
import { BUDGETS, FAR_BEYOND, IGNORED_FIRST_MS, streamBudgetOf, type BudgetName } from '../budgets.ts'
import { createScope, type Scope } from '../state/scope.ts'
import { createPeerBudgets, type PeerBudgets } from './peer-budgets.ts'

const ALICE = 'aa' as DeviceKey, MALLORY = 'cc' as DeviceKey

let scope: Scope
let budgets: PeerBudgets
let dropped: string[]
let cut: DeviceKey[]
let heardAgain: DeviceKey[]

beforeEach(() => {
  vi.useFakeTimers()
  scope = createScope((error) => { throw error })
  dropped = []
  cut = []
  heardAgain = []
  budgets = createPeerBudgets({
    scope,
    drop: (reason) => { dropped.push(reason) },
    onIgnored: (device) => { cut.push(device) },
    onHeardAgain: (device) => { heardAgain.push(device) }
  })
})

afterEach(() => {
  scope.end()
  vi.useRealTimers()
})

/** Takes one unit after the other, until it is refused or the device is ignored. */
const use = (budget: BudgetName, device: DeviceKey, times: number): number => {
  let taken = 0
  for (let i = 0; i < times; i++) if (budgets.take(budget, device)) taken++
  return taken
}

describe('the budget of a device', () => {
  it.each(Object.keys(BUDGETS) as BudgetName[])('%s bounds one device and leaves the others theirs', (name) => {
    const { burst } = BUDGETS[name]
    expect(budgets.take(name, MALLORY, burst)).toBe(true)
    expect(use(name, MALLORY, 5)).toBe(0)
    expect(dropped).toEqual(Array.from({ length: 5 }, () => `over-${name}`))
    expect(budgets.take(name, ALICE, burst)).toBe(true)
  })

  it('comes back with time', () => {
    use('typing', MALLORY, BUDGETS.typing.burst)
    expect(budgets.has('typing', MALLORY)).toBe(false)
    vi.advanceTimersByTime(1000)
    expect(use('typing', MALLORY, 100)).toBe(BUDGETS.typing.perSecond)
  })

  it('is not touched by asking whether something is left', () => {
    for (let i = 0; i < 10_000; i++) budgets.has('typing', ALICE)
    expect(use('typing', ALICE, BUDGETS.typing.burst)).toBe(BUDGETS.typing.burst)
    expect(dropped).toEqual([])
  })
})

describe('a device far beyond its budget', () => {
  const flood = (): void => { use('typing', MALLORY, BUDGETS.typing.burst * (FAR_BEYOND + 1) + 1) }

  it('is ignored for a minute, whatever it sends, and then heard again', () => {
    flood()
    expect(cut).toEqual([MALLORY])
    expect(budgets.ignored.value.get(MALLORY)).toBe(Date.now() + IGNORED_FIRST_MS)
    expect(budgets.take('envelopes', MALLORY)).toBe(false)
    expect(dropped.at(-1)).toBe('from-ignored')
    expect(budgets.take('envelopes', ALICE)).toBe(true)
    vi.advanceTimersByTime(IGNORED_FIRST_MS)
    expect(budgets.ignored.value.size).toBe(0)
    expect(heardAgain).toEqual([MALLORY])
    expect(budgets.take('envelopes', MALLORY)).toBe(true)
  })

  it('is ignored twice as long each time it does so again', () => {
    const lengths = [1, 2, 3].map(() => {
      flood()
      const until = budgets.ignored.value.get(MALLORY) ?? 0
      const length = until - Date.now()
      vi.advanceTimersByTime(length)
      return length / IGNORED_FIRST_MS
    })
    expect(lengths).toEqual([1, 2, 4])
  })

  it('is only slowed down while it stays within a few times of it', () => {
    const { burst, perSecond } = BUDGETS.typing
    use('typing', MALLORY, burst)
    for (let second = 0; second < 60; second++) {
      vi.advanceTimersByTime(1000)
      use('typing', MALLORY, perSecond * FAR_BEYOND)
    }
    expect(budgets.isIgnored(MALLORY)).toBe(false)
  })

  it('is never the node, without which nobody is reached', () => {
    for (let i = 0; i < BUDGETS['carried-by-node'].burst * (FAR_BEYOND + 2); i++) budgets.take('carried-by-node', 'node')
    expect(budgets.isIgnored('node')).toBe(false)
    expect(cut).toEqual([])
  })
})

it('streams are counted by the protocol they are of, those of other protocols together', () => {
  expect(['/parley/sync/1', '/parley/call/1', '/parley/hello/2', '/parley/device/1', '/other', ''].map(streamBudgetOf))
    .toEqual(['sync-streams', 'call-streams', 'hello-streams', 'other-streams', 'other-streams', 'other-streams'])
})
