/** What a node process costs from outside: memory, descriptors and CPU by /proc, and how long its health check takes. Linux only. */
import { readdirSync, readFileSync } from 'node:fs'
import { get } from 'node:http'

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
  /** Longest health check since the start, in ms; one that is still waited for counts. */
  readonly worstHealthMs: number
  stop(): void
}

const SAMPLE_EVERY_MS = 50

/** Samples memory and `/healthz` until it is stopped, each check on a connection of its own. */
export function watchNode (pid: number, origin: string): Watch {
  const waiting = new Set<number>()
  let peakMB = memoryMB(pid), worstMs = 0
  const timer = setInterval(() => {
    peakMB = Math.max(peakMB, memoryMB(pid))
    const startedAt = performance.now()
    waiting.add(startedAt)
    const done = (): void => {
      waiting.delete(startedAt)
      worstMs = Math.max(worstMs, performance.now() - startedAt)
    }
    get(`${origin}/healthz`, { agent: false }, (response) => response.resume().on('close', done)).on('error', done)
  }, SAMPLE_EVERY_MS)
  return {
    get peakMB () { return peakMB },
    get worstHealthMs () { return Math.max(worstMs, ...[...waiting].map((startedAt) => performance.now() - startedAt)) },
    stop: () => clearInterval(timer)
  }
}
