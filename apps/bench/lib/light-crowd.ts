/**
 * Members of one room without a page: the product's transport, gossip, sync and acknowledgements towards a built node, many per process.
 *
 * @example
 *   await using crowd = await gatherCrowd(node.origin, 200)
 *   await crowd.write()    // one of them says something, and the others do what the product does then
 *   await crowd.report()   // who knows of it
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { DeviceKey, DevTag } from '#shared/ids.ts'

export interface CrowdMember { device: DeviceKey, devTag: DevTag }

export type CrowdCommand =
  | { type: 'open', origin: string, names: string[] }
  | { type: 'members', members: CrowdMember[] }
  | { type: 'write' }
  | { type: 'report' }

export interface CrowdReport {
  /** Entries that came by gossip, over all members of the process. */
  delivered: number
  /** Devices of which the author knows that they hold the newest message: by receipts, or by the node's count. */
  known: number
}

export type CrowdAnswer =
  | { type: 'opened', members: CrowdMember[] }
  | { type: 'done' }
  | ({ type: 'report' } & CrowdReport)
  | { type: 'failed', reason: string }

export interface Crowd extends AsyncDisposable {
  /** The first member says something. */
  write(): Promise<void>
  report(): Promise<CrowdReport>
}

/** Each takes about 0.5 MB; more processes than cores only keep each event loop short. */
const PER_PROCESS = 125

export async function gatherCrowd (origin: string, size: number): Promise<Crowd> {
  const processes = Array.from({ length: Math.ceil(size / PER_PROCESS) }, () =>
    fork(join(import.meta.dirname, 'light-crowd-process.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }))
  const ask = async (child: ChildProcess, command: CrowdCommand): Promise<CrowdAnswer> => {
    child.send(command)
    const [answer] = await once(child, 'message') as [CrowdAnswer]
    if (answer.type === 'failed') throw new Error(answer.reason)
    return answer
  }
  const close = async (): Promise<void> => {
    await Promise.all(processes.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'close')
    }))
  }
  try {
    const names = Array.from({ length: size }, (_, nth) => `member-${nth}`)
    const members: CrowdMember[] = []
    for (const [nth, child] of processes.entries()) {
      const opened = await ask(child, { type: 'open', origin, names: names.slice(nth * PER_PROCESS, (nth + 1) * PER_PROCESS) })
      if (opened.type === 'opened') members.push(...opened.members)
    }
    await Promise.all(processes.map(async (child) => await ask(child, { type: 'members', members })))
  } catch (error) {
    await close()
    throw error
  }
  const [first] = processes
  if (first === undefined) throw new RangeError('a crowd has members')
  return {
    async write () { await ask(first, { type: 'write' }) },
    async report () {
      const reports = await Promise.all(processes.map(async (child) => await ask(child, { type: 'report' })))
      return reports.reduce((sum, answer) => answer.type === 'report'
        ? { delivered: sum.delivered + answer.delivered, known: sum.known + answer.known }
        : sum, { delivered: 0, known: 0 })
    },
    [Symbol.asyncDispose]: close
  }
}
