import { describe, expect, it } from 'vitest'
import { createTokenBuckets } from './token-bucket.ts'

function setUp (options: { maxKeys?: number } = {}) {
  let at = 1_000_000
  const buckets = createTokenBuckets<string>({ burst: 3, perSecond: 2 }, { now: () => at, ...options })
  return { buckets, pass: (ms: number) => { at += ms } }
}

describe('token buckets', () => {
  it('a burst is allowed, more has to wait, and units come back with time', () => {
    const { buckets, pass } = setUp()
    expect([1, 2, 3, 4].map(() => buckets.take('alice'))).toEqual([true, true, true, false])
    expect(buckets.waitMs('alice')).toBe(500)
    pass(500)
    expect(buckets.take('alice')).toBe(true)
    expect(buckets.take('alice')).toBe(false)
  })

  it('one key at its limit costs another key nothing', () => {
    const { buckets } = setUp()
    for (let n = 0; n < 10; n++) buckets.take('mallory')
    expect(buckets.take('alice')).toBe(true)
  })

  it('a scaled key gets a multiple of burst and rate', () => {
    const { buckets, pass } = setUp()
    expect(buckets.take('network', 12, 4)).toBe(true)
    expect(buckets.take('network', 1, 4)).toBe(false)
    pass(125)
    expect(buckets.take('network', 1, 4)).toBe(true)
  })

  it('a flood of other keys does not make the limiter forget one that is used up', () => {
    const { buckets } = setUp({ maxKeys: 10 })
    for (let n = 0; n < 3; n++) buckets.take('mallory')
    for (let n = 0; n < 1000; n++) buckets.take(`other ${n}`)
    expect(buckets.take('mallory')).toBe(false)
    expect(buckets.size).toBeLessThanOrEqual(10)
  })

  it('full buckets make room for new keys', () => {
    const { buckets, pass } = setUp({ maxKeys: 10 })
    for (let n = 0; n < 10; n++) buckets.take(`guest ${n}`)
    pass(2000)
    for (let n = 0; n < 3; n++) expect(buckets.take('alice')).toBe(true)
    expect(buckets.size).toBe(1)
  })

  it('a clock that is set back neither fills a bucket nor empties it', () => {
    const { buckets, pass } = setUp()
    buckets.take('alice', 3)
    pass(-60_000)
    expect(buckets.take('alice')).toBe(false)
    pass(500)
    expect(buckets.take('alice')).toBe(true)
  })
})
