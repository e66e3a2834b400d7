/**
 * `npm start` after setup: builds what is stale, starts a node on its embedded defaults, opens the app. Ctrl-C stops all.
 * Environment: that of the node (PORT, HOST, PARLEY_DATA, …) passes through; PARLEY_NO_OPEN=1 opens no window.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { makeStale } from './lib/builds.ts'
import { NODE_FLAGS } from './lib/node-flags.ts'
import { root } from './lib/run.ts'

/** A first start makes keys and a database; minutes would mean that it hangs. */
const READY_TIME_LIMIT_MS = 60_000
const STOP_TIME_LIMIT_MS = 10_000

const env = process.env
const host = env['HOST'] ?? '127.0.0.1'
const port = env['PORT'] ?? '8080'
const children = new Set<ChildProcess>()
let isStopping = false

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopSoon(0))

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  return stop(1)
})

async function main (): Promise<void> {
  await assertPortIsFree()
  const electron = findElectron()
  await makeStale(electron === null ? ['web', 'node'] : ['web', 'node', 'desktop'])
  const origin = await startNode()
  if (env['PARLEY_NO_OPEN'] === '1') console.log(`Parley is at ${origin} (PARLEY_NO_OPEN=1: no window was opened). Ctrl-C stops it.`)
  else if (electron !== null) openElectron(electron, origin)
  else openBrowser(origin)
}

async function assertPortIsFree (): Promise<void> {
  const free = await new Promise<boolean>((resolve) => {
    const probe = createServer()
    probe.on('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'))
    probe.listen(Number(port), host, () => probe.close(() => resolve(true)))
  })
  if (!free) throw new Error(`Port ${port} is taken by another program. Choose another one with PORT, for example: PORT=${Number(port) + 1} npm start`)
}

/** Resolves with the node's address once it answers. */
function startNode (): Promise<string> {
  const node = start(process.execPath, [...NODE_FLAGS, join(root, 'bootstrap/dist/server.js')], { ...env, PARLEY_DATA: env['PARLEY_DATA'] ?? join(root, '.parley') })
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`The node did not become ready within ${READY_TIME_LIMIT_MS / 1000} s.`)), READY_TIME_LIMIT_MS)
    if (node.stdout !== null) {
      createInterface(node.stdout).on('line', (line) => {
        console.log(line)
        const ready = /^Parley node ready at (http\S+)/.exec(line)
        if (ready?.[1] === undefined) return
        clearTimeout(timer)
        resolve(ready[1])
      })
    }
    node.on('close', (code) => {
      clearTimeout(timer)
      if (isStopping) return
      const message = `The node stopped by itself (exit code ${String(code)}); what it said last stands above.`
      reject(new Error(message))
      console.error(message)
      stopSoon(1)
    })
  })
}

/** Electron's program, or null where its binary is missing. */
function findElectron (): string | null {
  const folder = join(root, 'node_modules/electron')
  const program = { win32: 'electron.exe', darwin: 'Electron.app/Contents/MacOS/Electron' }[process.platform as string] ?? 'electron'
  const path = join(folder, 'dist', program)
  return existsSync(path) ? path : null
}

function openElectron (electron: string, origin: string): void {
  console.log(`Opening the desktop app on ${origin}. Ctrl-C stops the app and the node.`)
  // Chromium's sandbox refuses to start as root, which only containers do.
  const flags = process.platform === 'linux' && process.getuid?.() === 0 ? ['--no-sandbox'] : []
  start(electron, [...flags, root], { ...env, PARLEY_NODE: origin }, 'inherit').on('close', () => {
    if (!isStopping) console.log(`The app was closed. The node goes on at ${origin}; Ctrl-C stops it.`)
  })
}

function openBrowser (origin: string): void {
  console.log(`Opening ${origin} in the browser, because Electron's binary is not installed here. Ctrl-C stops the node.`)
  const [program, ...args] = { win32: ['cmd', '/c', 'start', '""', origin], darwin: ['open', origin] }[process.platform as string] ?? ['xdg-open', origin]
  const opener = spawn(program ?? '', args, { stdio: 'ignore' })
  const tell = (): void => console.log(`No browser could be opened from here: open ${origin} yourself.`)
  opener.on('error', tell)
  opener.on('close', (code) => { if (code !== 0 && code !== null && !isStopping) tell() })
  opener.unref()
}

function start (program: string, args: readonly string[], childEnv: NodeJS.ProcessEnv, stdout: 'pipe' | 'inherit' = 'pipe'): ChildProcess {
  const child = spawn(program, args, { cwd: root, env: childEnv, stdio: ['ignore', stdout, 'inherit'] })
  children.add(child)
  child.on('error', (error) => console.error(`${program}: ${error.message}`))
  child.on('close', () => children.delete(child))
  return child
}

function stopSoon (code: number): void {
  stop(code).catch((error: unknown) => {
    console.error(error)
    process.exit(1)
  })
}

async function stop (code: number): Promise<void> {
  if (isStopping) return
  isStopping = true
  await Promise.all([...children].map((child) => new Promise<void>((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIME_LIMIT_MS)
    child.on('close', () => { clearTimeout(timer); resolve() })
    child.kill('SIGTERM')
  })))
  process.exit(code)
}
