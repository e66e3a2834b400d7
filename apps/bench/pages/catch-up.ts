/** A newcomer who notes what happens from the moment they are let in: when the newest page is there, when everything is, and what kept the page busy. */
import type { Room } from '#client'
import { spanOf } from '../../client/store/stretch.ts'
import { textOf } from './fill-room.ts'

export interface CaughtUp {
  /** From being let in until the newest 50 messages can be shown. */
  newestMs: number
  /** … until every message is durable on this device and in its place. */
  completeMs: number
  /** Durations of tasks of the main thread above 50 ms, the browser's own threshold. */
  longTasksMs: readonly number[]
}

/** What a window shows at first. */
export const PAGE = 50
const LOOK_EVERY_MS = 100

/** @param joinedAt `performance.now()` of the moment the room was entered */
export async function catchUp (room: Room, messages: number, joinedAt: number): Promise<CaughtUp> {
  const longTasksMs: number[] = []
  const observer = new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) longTasksMs.push(duration) })
  observer.observe({ entryTypes: ['longtask'] })
  const timeline = room.messages.openTimeline()
  const newest = Promise.withResolvers<number>()
  const end = timeline.messages.subscribe((shown) => {
    if (shown === null || shown.length < PAGE || shown.at(-1)?.text !== textOf(messages) || shown.at(-PAGE)?.text !== textOf(messages - PAGE + 1)) return
    newest.resolve(performance.now() - joinedAt)
  })
  const database = await answerOf(indexedDB.open('parley'))
  while (await countHeld(database, room.tag) < messages) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  const completeMs = performance.now() - joinedAt
  database.close()
  // Positions and places are kept in one step. Counting places is not what is measured.
  if (await countShown(room.tag) < messages) throw new Error('what is held has no place')
  const newestMs = await newest.promise
  end()
  timeline.dispose()
  for (const { duration } of observer.takeRecords()) longTasksMs.push(duration)
  observer.disconnect()
  return { newestMs, completeMs, longTasksMs }
}

/** Messages with a place in the shown order, as the database itself counts them: outside the page's thread. */
export const countShown = async (roomTag: string): Promise<number> => await inDatabase(async (transaction) => {
  const room = Uint8Array.from(roomTag.match(/../g) ?? [], (byte) => parseInt(byte, 16))
  const [alone, packed] = await Promise.all([
    answerOf(transaction.objectStore('entries').index('[roomTag+order]').count(IDBKeyRange.bound([roomTag], [roomTag, [[]]]))),
    answerOf(transaction.objectStore('stretches').getAllKeys(IDBKeyRange.bound(room, Uint8Array.of(...room, 0xff))))
  ])
  return (packed as ArrayBuffer[]).map(spanOf).reduce((total, { from, to }) => total + to - from + 1, alone)
})

/** Positions that are held of all logs: messages and operations. */
async function countHeld (database: IDBDatabase, roomTag: string): Promise<number> {
  const logs = await answerOf(database.transaction('logs').objectStore('logs').getAll()) as { roomTag: string, have: { from: number, to: number }[] }[]
  return logs.filter((log) => log.roomTag === roomTag).flatMap(({ have }) => have).reduce((total, { from, to }) => total + to - from + 1, 0)
}

async function inDatabase<Answer> (read: (transaction: IDBTransaction) => Promise<Answer>): Promise<Answer> {
  const database = await answerOf(indexedDB.open('parley'))
  try {
    return await read(database.transaction(['entries', 'stretches']))
  } finally {
    database.close()
  }
}

const answerOf = async <Answer>(request: IDBRequest<Answer>): Promise<Answer> => await new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result)
  request.onerror = () => reject(new Error('the database does not answer', { cause: request.error }))
})
