/** What a node process costs from outside: memory, descriptors and CPU by /proc, and how long its health check takes. Linux only. */
import { readdirSync, readFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { HealthWatched } from './watch-health-thread.ts'

/** Resident memory in MB (10^6 bytes). */
export function memoryMB (pid: number): number {
  const kib = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  return kib * 1024 / 1e6
}

/** What `/proc` counts CPU time in. */
const TICK_MS = 10

/** User and system time of a process so far, in ms. */
export function cpuMs (pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // After the name, which may hold anything: state is the first, utime the twelfth, stime the thirteenth.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

export const descriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length

export interface Watch {
  /** Highest memory since the start, in MB. */
  readonly peakMB: number
  /** Ends the watch. Resolves with the longest health check, in ms; one that is still waited for counts. */
  stop(): Promise<number>
}

const SAMPLE_EVERY_MS = 50

/**
 * Samples memory and `/healthz` until it is stopped, each check on a connection of its own. Checks are made by a thread of their own: what the
 * bench itself computes would count as a delay of the node.
 */
export function watchNode (pid: number, origin: string): Watch {
  let peakMB = memoryMB(pid)
  const timer = setInterval(() => { peakMB = Math.max(peakMB, memoryMB(pid)) }, SAMPLE_EVERY_MS)
  const thread = new Worker(join(import.meta.dirname, 'watch-health-thread.ts'), { workerData: { origin, everyMs: SAMPLE_EVERY_MS } satisfies HealthWatched })
  return {
    get peakMB () { return peakMB },
    async stop () {
      clearInterval(timer)
      const worst = once(thread, 'message') as Promise<[number]>
      thread.postMessage('stop')
      const [worstMs] = await worst
      await thread.terminate()
      return worstMs
    }
  }
}
