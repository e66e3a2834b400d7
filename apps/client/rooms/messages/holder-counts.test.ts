import { signal } from '@preact/signals-core'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { DevTag } from '#shared/ids.ts'
import type { LogPosition } from '#shared/wire/addressed.ts'
import { createEvents } from '../../state/events.ts'
import { createScope, type Scope } from '../../state/scope.ts'
import { createHolderCounts, type HolderCounts } from './holder-counts.ts'
import type { Membership } from '../membership/resolve.ts'
import type { RoomLog, RoomLogEvents } from '../log/room-log.ts'

const devTag = '11'.repeat(16) as DevTag
let scope: Scope
let asked: number[]
/** What the node says when it is asked. */
let counted: number | null
beforeEach(() => {
  vi.useFakeTimers()
  scope = createScope((error) => { throw error })
  asked = []
  counted = 3
})
afterEach(() => {
  scope.end()
  vi.useRealTimers()
})

function room (members: number): HolderCounts & { write: (seq: number) => void } {
  const events = createEvents<RoomLogEvents>()
  const all = new Map(Array.from({ length: members }, (_, nth) => [nth, { devices: new Map([[nth, {}]]) }]))
  const log = { devTag, membership: signal({ members: all } as unknown as Membership), events } as unknown as RoomLog
  const counts = createHolderCounts({
    log, scope,
    countHolders: ({ seq }: LogPosition) => {
      asked.push(seq)
      return Promise.resolve(counted)
    }
  })
  return { ...counts, write: (seq) => events.emit('appended', { rows: [], envelopes: [{ header: { devTag, seq } }] } as unknown as RoomLogEvents['appended']) }
}
const pass = async (ms: number): Promise<void> => { await vi.advanceTimersByTimeAsync(ms) }

it('the node is asked every ten seconds for a minute after a message, and about the newest only', async () => {
  const { write, of } = room(65)
  write(4)
  write(5)
  expect(of(5)).toBeNull()
  await pass(9999)
  expect(asked).toEqual([])
  await pass(1)
  expect(asked).toEqual([5])
  expect([of(4), of(5), of(6)]).toEqual([3, 3, null])
  await pass(10 * 60_000)
  expect(asked).toEqual([5, 5, 5, 5, 5, 5])
})

it('a node that says that everybody has it is asked no more', async () => {
  const { write } = room(65)
  counted = 64
  write(1)
  await pass(10 * 60_000)
  expect(asked).toEqual([1])
})

it('what was counted for an older message is kept when a newer one has reached fewer', async () => {
  const { write, of } = room(65)
  counted = 60
  write(1)
  await pass(10_000)
  counted = 2
  write(2)
  await pass(10_000)
  expect([of(1), of(2)]).toEqual([60, 2])
})

it('a node that does not say leaves the count unknown', async () => {
  const { write, of } = room(65)
  counted = null
  write(1)
  await pass(60_000)
  expect(of(1)).toBeNull()
})

it('in a room where members tell authors themselves the node is never asked', async () => {
  const { write, ask } = room(64)
  write(1)
  ask(1)
  await pass(10 * 60_000)
  expect(asked).toEqual([])
})

it('somebody who looks again and again asks once in ten seconds', async () => {
  const { ask } = room(65)
  ask(7)
  ask(7)
  await pass(10_000)
  ask(7)
  expect(asked).toEqual([7, 7])
})
