/**
 * Keeps the accounts of `budgets.ts`: what each device has used, and which devices are ignored since they sent far too much.
 *
 * Flow: boundary → `take` with the device that is proven to be the sender → work, or a drop that is counted.
 *
 * RULE: a device is charged for what is proven to come from it: its signature, or the link it came by. What a frame merely claims charges
 * nobody but the carrier, so that forged frames use up nobody else's budget.
 *
 * @example
 *   if (!budgets.take('typing', frame.device)) return { verdict: 'ignore', reason: 'over-budget' }
 */
import { signal, type ReadonlySignal } from '@preact/signals-core'
import type { DeviceKey } from '#shared/ids.ts'
import { createTokenBuckets, type TokenBuckets } from '#shared/token-bucket.ts'
import { BUDGETS, FAR_BEYOND, IGNORED_FIRST_MS, IGNORED_MAX_MS, type BudgetName } from '../budgets.ts'
import type { Scope } from '../state/scope.ts'
import type { Remote } from './remote.ts'

export interface PeerBudgets {
  /** Charges `remote` and returns true; false, and counted, when that is above its budget or it is ignored. */
  take(budget: BudgetName, remote: Remote, cost?: number): boolean
  /** Counts `cost` as refused: for input that is dropped before it is known what it holds. */
  refuse(budget: BudgetName, remote: Remote, cost?: number): void
  /** Whether `take` would return true. Charges and counts nothing: for senders that are only claimed so far. */
  has(budget: BudgetName, remote: Remote): boolean
  isIgnored(remote: Remote): boolean
  /** Ignored devices and until when, Unix ms. */
  readonly ignored: ReadonlySignal<ReadonlyMap<DeviceKey, number>>
}

interface Accounts { within: TokenBuckets<Remote>, beyond: TokenBuckets<Remote> }

export function createPeerBudgets ({ scope, drop, onIgnored = () => {}, onHeardAgain = () => {} }: {
  scope: Scope
  drop: (reason: string) => void
  onIgnored?: (device: DeviceKey) => void
  /** The time of an ignored device is over. */
  onHeardAgain?: (device: DeviceKey) => void
}): PeerBudgets {
  const now = (): number => Date.now()
  const ignored = signal<ReadonlyMap<DeviceKey, number>>(new Map())
  /** How long each device was ignored last, and until when. */
  const sentences = new Map<DeviceKey, { ms: number, until: number }>()
  const accounts = Object.fromEntries(Object.entries(BUDGETS).map(([name, { burst, perSecond }]) => [name, {
    within: createTokenBuckets<Remote>({ burst, perSecond }, { now }),
    beyond: createTokenBuckets<Remote>({ burst: burst * FAR_BEYOND, perSecond: perSecond * FAR_BEYOND }, { now })
  }])) as Record<BudgetName, Accounts>

  const isIgnored = (remote: Remote): boolean => remote !== 'node' && (ignored.peek().get(remote) ?? 0) > now()

  const ignore = (device: DeviceKey): void => {
    for (const [other, { until }] of sentences) if (until + IGNORED_MAX_MS < now()) sentences.delete(other)
    const ms = Math.min(IGNORED_MAX_MS, 2 * (sentences.get(device)?.ms ?? IGNORED_FIRST_MS / 2))
    const until = now() + ms
    sentences.set(device, { ms, until })
    ignored.value = new Map(ignored.peek()).set(device, until)
    drop('ignored')
    scope.later(ms, () => {
      ignored.value = new Map([...ignored.peek()].filter(([other]) => other !== device))
      onHeardAgain(device)
    })
    onIgnored(device)
  }

  const refuse = (budget: BudgetName, remote: Remote, cost = 1): void => {
    drop(`over-${budget}`)
    if (remote !== 'node' && !isIgnored(remote) && !accounts[budget].beyond.take(remote, cost)) ignore(remote)
  }

  return {
    ignored,
    refuse,
    isIgnored,
    has: (budget, remote) => !isIgnored(remote) && accounts[budget].within.waitMs(remote) === 0,
    take (budget, remote, cost = 1) {
      if (isIgnored(remote)) {
        drop('from-ignored')
        return false
      }
      if (accounts[budget].within.take(remote, cost)) return true
      refuse(budget, remote, cost)
      return false
    }
  }
}
