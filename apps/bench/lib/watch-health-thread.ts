/** The thread of `watch-node.ts`: asks a node for its health until it is told to stop, then reports the longest check in ms. */
import { get } from 'node:http'
import { parentPort, workerData } from 'node:worker_threads'

export interface HealthWatched { origin: string, everyMs: number }

const { origin, everyMs } = workerData as HealthWatched
const waiting = new Set<number>()
let worstMs = 0

setInterval(() => {
  const startedAt = performance.now()
  waiting.add(startedAt)
  const done = (): void => {
    waiting.delete(startedAt)
    worstMs = Math.max(worstMs, performance.now() - startedAt)
  }
  get(`${origin}/healthz`, { agent: false }, (response) => response.resume().on('close', done)).on('error', done)
}, everyMs)

parentPort?.on('message', () => {
  const now = performance.now()
  parentPort?.postMessage(Math.max(worstMs, ...[...waiting].map((startedAt) => now - startedAt)))
})
