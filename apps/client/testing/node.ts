/** A real node for tests: its own process, its own data, codes read from its development inbox. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { DatabaseSync } from 'node:sqlite'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { RoomTag } from '#shared/ids.ts'

export interface TestNode {
  readonly origin: string
  /** The newest code that was sent to an address. */
  codeFor(email: string): Promise<string>
  /** Ends the process without a word, as a crash does. */
  kill(): Promise<void>
  /** Starts it again on the same port and data, where it does not run. */
  start(environment?: Record<string, string>): Promise<void>
  /** Ends it and removes its data. */
  remove(): Promise<void>
  readonly dataDir: string
  /** Of the process that runs. */
  pid(): number
  /** How many welcomes lie at the node for a room. */
  welcomes(tag: RoomTag): number
  /** How many join requests lie there and wait for an answer. */
  requests(tag: RoomTag): number
}

export async function startTestNode (): Promise<TestNode> {
  const dataDir = await mkdtemp(join(tmpdir(), 'parley-node-'))
  let port = 0
  let running = await launch(dataDir, port)
  port = Number(new URL(running.origin).port)
  const isRunning = (): boolean => running.process.exitCode === null && running.process.signalCode === null
  const kill = async (): Promise<void> => {
    if (!isRunning()) return
    const ended = once(running.process, 'exit')
    running.process.kill('SIGKILL')
    await ended
  }
  const count = (query: string, tag: RoomTag): number => {
    const database = new DatabaseSync(join(dataDir, 'parley.db'), { readOnly: true })
    try {
      return Number(database.prepare(query).get(tag)?.['rows'] ?? 0)
    } finally {
      database.close()
    }
  }
  return {
    dataDir,
    pid: () => running.process.pid ?? 0,
    welcomes: (tag) => count('select count(*) as rows from mailbox_welcomes where room_tag = ?', tag),
    requests: (tag) => count('select count(*) as rows from mailbox_requests where answer is null and room_tag = ?', tag),
    origin: running.origin,
    async codeFor (email) {
      const response = await fetch(`${running.origin}/dev/mail?to=${encodeURIComponent(email)}`)
      const [mail] = await response.json() as { code: string }[]
      if (mail === undefined) throw new Error(`no code was sent to ${email}`)
      return mail.code
    },
    kill,
    async start (environment) {
      if (!isRunning()) running = await launch(dataDir, port, environment)
    },
    async remove () {
      await kill()
      await rm(dataDir, { recursive: true, force: true })
    }
  }
}

async function launch (dataDir: string, port: number, environment: Record<string, string> = {}): Promise<{ process: ChildProcess, origin: string }> {
  const server = join(import.meta.dirname, '../../../bootstrap/server.ts')
  const child = spawn(process.execPath, [server], {
    env: { ...process.env, PORT: String(port), PARLEY_DATA: dataDir, LOG_LEVEL: 'warn', ...environment },
    stdio: ['ignore', 'pipe', 'pipe']
  })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => { errors += chunk.toString() })
  for await (const line of createInterface({ input: child.stdout })) {
    const ready = /^Parley node ready at (\S+)/.exec(line)
    if (ready?.[1] !== undefined) return { process: child, origin: ready[1] }
  }
  throw new Error(`the node did not start: ${errors}`)
}
