import { describe, expect, it } from 'vitest'
import type { AccountId, DeviceKey } from '#shared/ids.ts'
import { createLimiter, type LimitChanges } from '../limits/index.ts'
import { createHeldBytes, type HeldShare } from './held-bytes.ts'

function open (changes: LimitChanges = {}): { share: (device: string, account: string, receiver: string) => HeldShare, ended: string[], refusals: ReadonlyMap<string, number> } {
  const limiter = createLimiter({
    changes: {
      'relayed-waiting': { max: 100 }, 'relayed-waiting-of-account': { max: 150 }, 'relayed-waiting-for-one': { max: 1000 }, 'relayed-waiting-in-all': { max: 1000 },
      ...changes
    }
  })
  const ended: string[] = []
  const held = createHeldBytes(limiter)
  return {
    ended, refusals: limiter.refusals,
    share: (device, account, receiver) => held.open({
      device: device as DeviceKey, account: account as AccountId, receiver: receiver as DeviceKey, end: () => ended.push(`${device}>${receiver}`)
    })
  }
}

describe('what is held for receivers that do not read', () => {
  it('has a sender kept short above half of its limit, and ends its fullest circuit above all of it', () => {
    const { share, ended, refusals } = open()
    const [one, two, other] = [share('d', 'a', 'r1'), share('d', 'a', 'r2'), share('e', 'b', 'r1')]
    one.count(30)
    two.count(20)
    expect([one.isPressed(), other.isPressed()]).toEqual([false, false])
    two.count(60)
    expect([one.isPressed(), two.isPressed(), other.isPressed()]).toEqual([true, true, false])
    one.count(50)
    expect(ended).toEqual(['d>r2'])
    expect(one.isPressed()).toBe(false)
    expect(refusals.get('relayed-waiting')).toBe(1)
  })

  it('is bounded over all devices of an account', () => {
    const { share, ended, refusals } = open()
    for (const device of ['d', 'e', 'f', 'g']) share(device, 'a', `to ${device}`).count(45)
    expect(ended).toHaveLength(1)
    expect(refusals.get('relayed-waiting-of-account')).toBe(1)
  })

  it.each(['relayed-waiting-for-one', 'relayed-waiting-in-all'] as const)('takes from the account that holds the most (%s)', (limit) => {
    const { share, ended, refusals } = open({ [limit]: { max: 200 } })
    const honest = share('h', 'honest', 'r')
    honest.count(50)
    for (let n = 0; n < 5; n++) share(`d${n % 2}`, 'a', 'r').count(29)
    share('e', 'b', 'r').count(10)
    expect(ended).toEqual(['d0>r'])
    expect(refusals.get(limit)).toBe(1)
    honest.count(60)
    expect(ended).not.toContain('h>r')
  })

  it('is nothing when its circuits have ended', () => {
    const { share, ended } = open({ 'relayed-waiting-in-all': { max: 100 } })
    const shares = [share('d', 'a', 'r'), share('e', 'a', 'r')]
    for (const one of shares) one.count(40)
    for (const one of shares) one.close()
    shares[0]?.count(70)
    share('f', 'b', 'r').count(90)
    expect(ended).toEqual([])
  })
})
