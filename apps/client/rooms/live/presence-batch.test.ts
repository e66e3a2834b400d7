import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { DeviceKey, DevTag } from '#shared/ids.ts'
import type { PresenceContent } from '../../protocols/presence/index.ts'
import { createScope, type Scope } from '../../state/scope.ts'
import { BATCH_MS, createPresenceBatch, type PresenceBatch } from './presence-batch.ts'

const ALICE = 'aa' as DeviceKey, BOB = 'bb' as DeviceKey
const LOG = '01' as DevTag, OTHER = '02' as DevTag

let scope: Scope
let applied: [DeviceKey, PresenceContent][]
let batch: PresenceBatch

beforeEach(() => {
  vi.useFakeTimers()
  scope = createScope((error) => { throw error })
  applied = []
  batch = createPresenceBatch(scope, (from, content) => { applied.push([from, content]) })
})

afterEach(() => {
  scope.end()
  vi.useRealTimers()
})

it('a frame after silence is applied at once', () => {
  batch.take(ALICE, { type: 'typing', until: 1 })
  expect(applied).toEqual([[ALICE, { type: 'typing', until: 1 }]])
})

it('of a burst of typing the newest notice of each sender is applied', () => {
  batch.take(BOB, { type: 'typing', until: 1 })
  for (let until = 2; until < 500; until++) batch.take(ALICE, { type: 'typing', until })
  batch.take(BOB, { type: 'typing', until: 0 })
  vi.advanceTimersByTime(BATCH_MS)
  expect(applied.slice(1)).toEqual([[ALICE, { type: 'typing', until: 499 }], [BOB, { type: 'typing', until: 0 }]])
})

it('of a burst of hashes the newest of each sender is applied, so that claims cost little', () => {
  const claim = (nth: number): PresenceContent => ({ type: 'agreement', law: 1, set: 'aa'.repeat(16), result: nth.toString(16).padStart(32, '0') })
  for (let nth = 1; nth <= 500; nth++) batch.take(ALICE, claim(nth))
  vi.advanceTimersByTime(BATCH_MS)
  expect(applied).toEqual([[ALICE, claim(1)], [ALICE, claim(500)]])
})

it('of a burst of receipts and read marks the union is applied, once', () => {
  batch.take(ALICE, { type: 'typing', until: 1 })
  for (let seq = 1; seq <= 100; seq++) {
    batch.take(BOB, { type: 'receipt', held: [{ devTag: LOG, from: seq, to: seq }] })
    batch.take(BOB, { type: 'read', read: [{ devTag: seq % 2 === 0 ? LOG : OTHER, seq: 101 - seq }] })
  }
  vi.advanceTimersByTime(BATCH_MS)
  expect(applied.slice(1)).toEqual([
    [BOB, { type: 'receipt', held: [{ devTag: LOG, from: 1, to: 100 }] }],
    [BOB, { type: 'read', read: [{ devTag: OTHER, seq: 100 }, { devTag: LOG, seq: 99 }] }]
  ])
})

it('a message ends the typing that came before it, also where that still waits', () => {
  batch.take(BOB, { type: 'typing', until: 1 })
  batch.take(ALICE, { type: 'typing', until: 2 })
  batch.take(ALICE, { type: 'receipt', held: [{ devTag: LOG, from: 1, to: 1 }] })
  batch.hasSpoken(ALICE)
  vi.advanceTimersByTime(BATCH_MS)
  expect(applied.slice(1)).toEqual([[ALICE, { type: 'receipt', held: [{ devTag: LOG, from: 1, to: 1 }] }]])
})

it('while a burst lasts something is applied in each interval, and no more', () => {
  for (let at = 0; at < 10 * BATCH_MS; at++) {
    batch.take(ALICE, { type: 'typing', until: at + 1 })
    vi.advanceTimersByTime(1)
  }
  expect(applied.length).toBeGreaterThanOrEqual(10)
  expect(applied.length).toBeLessThanOrEqual(11)
})

it('what is about calls is applied in the order in which it comes', () => {
  batch.take(ALICE, { type: 'typing', until: 1 })
  batch.take(ALICE, { type: 'call', joinedAt: 1, media: 1 })
  batch.take(ALICE, { type: 'call', joinedAt: 1, media: null })
  expect(applied.slice(1).map(([, content]) => content)).toEqual([{ type: 'call', joinedAt: 1, media: 1 }, { type: 'call', joinedAt: 1, media: null }])
})
