import { cpus, release, totalmem, type } from 'node:os'

/** What the numbers were measured on: without it they cannot be compared. */
export interface Machine { cpu: string, cores: number, memoryGb: number, os: string, node: string }

export function describeMachine (): Machine {
  const [first] = cpus()
  return {
    cpu: first?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    os: `${type()} ${release()}`,
    node: process.version
  }
}
