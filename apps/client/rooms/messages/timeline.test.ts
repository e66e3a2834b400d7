import { signal } from '@preact/signals-core'
import { expect, it } from 'vitest'
import type { DevTag, EnvelopeId, RoomTag } from '#shared/ids.ts'
import { createEvents } from '../../state/events.ts'
import type { EntryRow, MessageOrder, Store } from '../../store/index.ts'
import type { RoomLog, RoomLogEvents } from '../log/room-log.ts'
import { openTimeline } from './timeline.ts'

const tag = '01'.repeat(16) as RoomTag, devTag = '02'.repeat(16) as DevTag

const rowOf = (n: number): EntryRow => {
  const id = n.toString(16).padStart(64, '0') as EnvelopeId
  return { roomTag: tag, devTag, seq: n, id, bytes: new Uint8Array(), order: [n, 0, id] }
}

/** A room whose messages say their number, and what of them was opened. */
function createRoom (stored: EntryRow[]): {
  timeline: ReturnType<typeof openTimeline>, receive: (rows: EntryRow[]) => void, cut: (seq: number) => void, demote: (seq: number) => void, opened: number[]
} {
  const events = createEvents<RoomLogEvents>()
  const opened: number[] = []
  let last = Infinity
  const membership = signal({ authors: new Map(), cuts: new Map<DevTag, number>(), verdicts: [] as string[] })
  const log = {
    roomTag: tag, events, membership,
    contentOf: (row: EntryRow) => {
      opened.push(row.seq)
      return Promise.resolve(row.seq > Math.min(last, membership.peek().cuts.get(devTag) ?? Infinity) ? null : { type: 'text', text: String(row.seq) })
    }
  } as unknown as RoomLog
  const store = { entries: {
    unread: () => Promise.resolve([]),
    relatedTo: () => Promise.resolve([]),
    since: (_: RoomTag, from: MessageOrder) => Promise.resolve(stored.filter(({ seq }) => seq >= from[0]).sort((a, b) => a.seq - b.seq)),
    pageBefore: (_: RoomTag, before: EntryRow['order'] | null, limit: number) =>
      Promise.resolve(stored.filter(({ seq }) => seq < (before?.[0] ?? Infinity)).sort((a, b) => b.seq - a.seq).slice(0, limit))
  } } as unknown as Store
  const delivery = signal({ of: () => ({ deliveredTo: 0, deliveredOf: 0, readBy: 0, keptAtNode: false, isHeld: false, countedByNode: null }), receiptsOf: () => [] })
  return {
    timeline: openTimeline({
      log, naming: signal({ of: () => ({ text: '', mark: null }), ofClaim: () => ({ text: '', mark: null }) }), store, delivery, myUser: '', mayWrite: signal(true), mayDelete: signal(() => false), pageSize: 5, onTrouble: (error) => { throw error }
    }),
    receive (rows) {
      stored.push(...rows)
      events.emit('appended', { rows, envelopes: [] })
    },
    cut (seq) { membership.value = { ...membership.peek(), cuts: new Map([[devTag, seq]]), verdicts: [`removed after ${seq}`] } },
    /** To observer, with what was written up to there. */
    demote (seq) {
      last = seq
      membership.value = { ...membership.peek(), verdicts: [`observer after ${seq}`] }
    },
    opened
  }
}

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

it('shows the newest page while a long history comes in, and opens nothing else of it', async () => {
  const { timeline, receive, opened } = createRoom([])
  const texts = (): number[] | undefined => timeline.messages.value?.map(({ text }) => Number(text))
  await expect.poll(texts).toEqual([])
  receive(numbers(81, 100).map(rowOf))
  await expect.poll(texts).toEqual(numbers(96, 100))
  expect(timeline.hasOlder.value).toBe(true)
  receive(numbers(1, 80).map(rowOf))
  receive([rowOf(101)])
  await expect.poll(texts).toEqual(numbers(96, 101))
  expect(opened.sort((a, b) => a - b)).toEqual(numbers(96, 101))
  await timeline.loadOlder()
  expect(texts()).toEqual(numbers(91, 101))
  timeline.dispose()
})

it('fills its page with older messages that come late, as long as there is room', async () => {
  const { timeline, receive } = createRoom([rowOf(9)])
  const texts = (): number[] | undefined => timeline.messages.value?.map(({ text }) => Number(text))
  await expect.poll(texts).toEqual([9])
  receive([rowOf(7), rowOf(8)])
  await expect.poll(texts).toEqual([7, 8, 9])
  expect(timeline.hasOlder.value).toBe(false)
  receive(numbers(1, 6).map(rowOf))
  await expect.poll(texts).toEqual([5, 6, 7, 8, 9])
  expect(timeline.hasOlder.value).toBe(true)
  timeline.dispose()
})

it('shows no longer what a demotion to observer cuts off', async () => {
  const { timeline, demote } = createRoom(numbers(1, 4).map(rowOf))
  const texts = (): number[] | undefined => timeline.messages.value?.map(({ text }) => Number(text))
  await expect.poll(texts).toEqual([1, 2, 3, 4])
  demote(3)
  await expect.poll(texts).toEqual([1, 2, 3])
})

it('shows no longer what a removal cuts off, and shows it again when the removal turns out not to count', async () => {
  const { timeline, receive, cut } = createRoom(numbers(1, 4).map(rowOf))
  const texts = (): number[] | undefined => timeline.messages.value?.map(({ text }) => Number(text))
  await expect.poll(texts).toEqual([1, 2, 3, 4])
  cut(2)
  await expect.poll(texts).toEqual([1, 2])
  receive([rowOf(5)])
  cut(Infinity)
  await expect.poll(texts).toEqual([1, 2, 3, 4, 5])
})
