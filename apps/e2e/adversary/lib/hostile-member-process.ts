/** Starts `hostile-member.ts` and drives it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { yieldToOthers } from './yield-to-others.ts'

const program = join(import.meta.dirname, 'hostile-member.ts')

export interface HostileMember extends AsyncDisposable {
  /** What it has written so far. */
  readonly lines: readonly string[]
  /** Starts a flood: a kind of `hostile-member.ts`, how many frames, how many a second. Resolves when all are sent, or the process has ended. */
  flood(kind: string, frames: number, perSecond: number): Promise<void>
}

/** Joins a room by its link, as everyone does. Resolves when it is a member; rejects when it has ended before. */
export async function startHostileMember ({ link, name, mailbox }: {
  link: string
  name: string
  mailbox: { nextCode(email: string): Promise<string> }
}): Promise<HostileMember> {
  const email = `${name.toLowerCase()}@example.org`
  const child = spawn(process.execPath, [program, link, email, name], { stdio: ['pipe', 'pipe', 'pipe'] })
  yieldToOthers(child)
  // It may be killed in the middle of a line.
  child.stdin.on('error', () => {})
  const ended = once(child, 'close')
  const lines: string[] = []
  const heard = new Set<(line: string) => void>()
  for (const output of [child.stdout, child.stderr]) {
    createInterface(output).on('line', (line) => {
      lines.push(line)
      for (const hear of heard) hear(line)
    })
  }
  const untilSaid = async (beginning: string): Promise<void> => {
    const said = Promise.withResolvers<undefined>()
    const hear = (line: string): void => { if (line.startsWith(beginning)) said.resolve(undefined) }
    heard.add(hear)
    await Promise.race([said.promise, ended])
    heard.delete(hear)
  }
  const isIn = untilSaid('in')
  child.stdin.write(`${await mailbox.nextCode(email)}\n`)
  await isIn
  if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the hostile member ended:\n${lines.slice(-20).join('\n')}`)
  return {
    lines,
    async flood (kind, frames, perSecond) {
      const isSent = untilSaid(`sent ${kind}`)
      child.stdin.write(`${kind} ${frames} ${perSecond}\n`)
      await isSent
    },
    async [Symbol.asyncDispose] () {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await ended
    }
  }
}
