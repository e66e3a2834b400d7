/** A newcomer who notes what happens from the moment they are let in: when the newest page is there, when everything is, and what kept the page busy. */
import type { Room } from '#client'
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
  const timeline = room.openTimeline()
  const newest = Promise.withResolvers<number>()
  const end = timeline.messages.subscribe((shown) => {
    if (shown === null || shown.length < PAGE || shown.at(-1)?.text !== textOf(messages) || shown.at(-PAGE)?.text !== textOf(messages - PAGE + 1)) return
    newest.resolve(performance.now() - joinedAt)
  })
  while (await countShown(room.tag) < messages) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
  const completeMs = performance.now() - joinedAt
  const newestMs = await newest.promise
  end()
  timeline.dispose()
  for (const { duration } of observer.takeRecords()) longTasksMs.push(duration)
  observer.disconnect()
  return { newestMs, completeMs, longTasksMs }
}

/** Messages with a place in the shown order, as the database itself counts them: outside the page's thread. */
export async function countShown (roomTag: string): Promise<number> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('parley')
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(new Error('the database does not open', { cause: request.error }))
  })
  try {
    return await new Promise<number>((resolve, reject) => {
      const request = database.transaction('entries').objectStore('entries').index('[roomTag+order]').count(IDBKeyRange.bound([roomTag], [roomTag, [[]]]))
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(new Error('the database does not count', { cause: request.error }))
    })
  } finally {
    database.close()
  }
}
