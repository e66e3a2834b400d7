/** A real node in a process of its own, as it is shipped: bootstrap/dist/server.js on a free port, with data and mail of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { NODE_FLAGS } from '../../../scripts/lib/node-flags.ts'
import type { Mailbox } from './mailbox.ts'

export interface NodeUnderTest {
  /** Stays the same over restarts, as do its data. */
  readonly origin: string
  readonly mailbox: Mailbox
  /** The process that runs now. @throws {Error} when none does, e.g. because it has ended by itself. */
  pid(): number
  /** Starts it, or starts it again. Resolves when it says that it is ready. */
  start(): Promise<void>
  /** Ends it as a power cut would (SIGKILL). */
  kill(): Promise<void>
  /** Makes every open sign-in code as old as if its ten minutes were over. */
  expireCodes(): void
  /** Forgets every device, as a node does that was started with an older copy of its data. */
  forgetDevices(): void
  /** What it wrote to its log so far, for the report of a failed story. */
  log(): string
  /** Ends it for good and removes its data. */
  dispose(): Promise<void>
}

const READY_TIME_LIMIT_MS = 60_000
const server = join(import.meta.dirname, '../../../bootstrap/dist/server.js')

export interface NodePlace {
  /** What runs a program where the node shall be, e.g. in a network namespace. */
  wrapper?: readonly string[]
  /** Address it listens on; 127.0.0.1 by default. */
  host?: string
  port?: number
  env?: Record<string, string>
}

export async function createNode (mailbox: Mailbox, { wrapper = [], host = '127.0.0.1', port: fixedPort, env = {} }: NodePlace = {}): Promise<NodeUnderTest> {
  if (!existsSync(server)) throw new Error('bootstrap/dist/server.js is missing: run `npm run build -- web node` first')
  const data = await mkdtemp(join(tmpdir(), 'parley-node-'))
  const port = fixedPort ?? await findFreePort()
  let lines: string[] = []
  let running: ChildProcess | null = null

  const start = async (): Promise<void> => {
    const command = [...wrapper, process.execPath, ...NODE_FLAGS, server]
    const child = spawn(command[0] ?? process.execPath, command.slice(1), {
      cwd: data,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        PORT: String(port),
        HOST: host,
        PARLEY_DATA: join(data, 'data'),
        SMTP_URL: mailbox.url,
        MAIL_FROM: 'Parley <parley@example.org>',
        LOG_LEVEL: 'info',
        ...env
      }
    })
    running = child
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`the node ${why}\n${lines.slice(-20).join('\n')}`))
      const timer = setTimeout(() => fail('did not become ready in time'), READY_TIME_LIMIT_MS)
      child.on('close', (code) => fail(`stopped with code ${String(code)}`))
      for (const output of [child.stdout, child.stderr]) {
        createInterface(output).on('line', (line) => {
          lines = [...lines.slice(-999), line]
          if (!line.startsWith('Parley node ready at ')) return
          clearTimeout(timer)
          resolve()
        })
      }
    })
  }

  const kill = async (): Promise<void> => {
    const child = running
    running = null
    if (child?.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'close')
  }

  const change = (sql: string): void => {
    const database = new DatabaseSync(join(data, 'data', 'parley.db'))
    database.exec(`PRAGMA busy_timeout = 5000; ${sql}`)
    database.close()
  }

  return {
    origin: `http://${host}:${port}`,
    mailbox,
    pid () {
      if (running?.pid === undefined || running.exitCode !== null || running.signalCode !== null) throw new Error(`the node has ended\n${lines.slice(-20).join('\n')}`)
      return running.pid
    },
    start,
    kill,
    expireCodes: () => change('UPDATE codes SET expires_at = 0'),
    forgetDevices: () => change('DELETE FROM devices'),
    log: () => lines.join('\n'),
    async dispose () {
      await kill()
      await rm(data, { recursive: true, force: true, maxRetries: 3 })
    }
  }
}

/** Below the ports that systems give to outgoing connections: whatever is opened while the node is down cannot take its place. */
const PORTS = { first: 20_000, count: 10_000 }

/** A port that nobody holds now, so that the node can come back on it. */
export async function findFreePort (): Promise<number> {
  const port = PORTS.first + Math.floor(Math.random() * PORTS.count)
  const probe = createServer()
  const isFree = await new Promise<boolean>((resolve) => {
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => resolve(true))
  })
  if (!isFree) return await findFreePort()
  probe.close()
  await once(probe, 'close')
  return port
}
