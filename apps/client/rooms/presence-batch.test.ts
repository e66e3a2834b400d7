import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { DeviceKey, DevTag } from '#shared/ids.ts'
import type { PresenceContent } from '../protocols/presence/index.ts'
import { createScope, type Scope } from '../state/scope.ts'
import { BATCH_MS, createPresenceBatch, type PresenceBatch } from './presence-batch.ts'

const ALICE = 'aa' as DeviceKey, BOB = 'bb' as DeviceKey
const LOG = '01' as DevTag, OTHER = '02' as DevTag

let scope: Scope
let applied: [DeviceKey, PresenceContent][]
let take: PresenceBatch['take'], hasSpoken: PresenceBatch['hasSpoken']

beforeEach(() => {
  vi.useFakeTimers()
  scope = createScope((error) => { throw error })
  applied = []
  ;({ take, hasSpoken } = createPresenceBatch(scope, (from, content) => { applied.push([from, content]) }))
})

afterEach(() => {
  scope.end()
  vi.useRealTimers()
})

it('a frame after silence is applied at once', () => {
  take(ALICE, { type: 'typing', until: 1 })
  expect(applied).toEqual([[ALICE, { type: 'typing', until: 1 }]])
})

it('of a burst of typing the newest notice of each sender is applied', () => {
  take(BOB, { type: 'typing', until: 1 })
  for (let until = 2; until < 500; until++) take(ALICE, { type: 'typing', until })
  take(BOB, { type: 'typing', until: 0 })
  vi.advanceTimersByTime(BATCH_MS)
  expect(applied.slice(1)).toEqual([[ALICE, { type: 'typing', until: 499 }], [BOB, { type: 'typing', until: 0 }]])
})

it('of a burst of receipts and read marks the union is applied, once', () => {
  take(ALICE, { type: 'typing', until: 1 })
  for (let seq = 1; seq <= 100; seq++) {
    take(BOB, { type: 'receipt', held: [{ devTag: LOG, from: seq, to: seq }] })
    take(BOB, { type: 'read', read: [{ devTag: seq % 2 === 0 ? LOG : OTHER, seq: 101 - seq }] })
  }
  vi.advanceTimersByTime(BATCH_MS)
  expect(applied.slice(1)).toEqual([
    [BOB, { type: 'receipt', held: [{ devTag: LOG, from: 1, to: 100 }] }],
    [BOB, { type: 'read', read: [{ devTag: OTHER, seq: 100 }, { devTag: LOG, seq: 99 }] }]
  ])
})

it('a message ends the typing that came before it, also where that still waits', () => {
  take(BOB, { type: 'typing', until: 1 })
  take(ALICE, { type: 'typing', until: 2 })
  take(ALICE, { type: 'receipt', held: [{ devTag: LOG, from: 1, to: 1 }] })
  hasSpoken(ALICE)
  vi.advanceTimersByTime(BATCH_MS)
  expect(applied.slice(1)).toEqual([[ALICE, { type: 'receipt', held: [{ devTag: LOG, from: 1, to: 1 }] }]])
})

it('while a burst lasts something is applied in each interval, and no more', () => {
  for (let at = 0; at < 10 * BATCH_MS; at++) {
    take(ALICE, { type: 'typing', until: at + 1 })
    vi.advanceTimersByTime(1)
  }
  expect(applied.length).toBeGreaterThanOrEqual(10)
  expect(applied.length).toBeLessThanOrEqual(11)
})

it('what is about calls is applied in the order in which it comes', () => {
  take(ALICE, { type: 'typing', until: 1 })
  take(ALICE, { type: 'call', joinedAt: 1, media: 1 })
  take(ALICE, { type: 'call', joinedAt: 1, media: null })
  expect(applied.slice(1).map(([, content]) => content)).toEqual([{ type: 'call', joinedAt: 1, media: 1 }, { type: 'call', joinedAt: 1, media: null }])
})
