import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeFolder } from './testing/node.ts'

let folder: string
let child: ChildProcess | null = null
beforeEach(async () => { folder = await makeFolder() })
afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  await rm(folder, { recursive: true, force: true })
})

interface Run { stdout: () => string, stderr: () => string, exit: Promise<number | null>, ready: Promise<string> }

function run (environment: Record<string, string>): Run {
  const started = spawn(process.execPath, [join(import.meta.dirname, 'server.ts')], {
    env: { PATH: process.env['PATH'], PORT: '0', PARLEY_DATA: folder, ...environment }, stdio: ['ignore', 'pipe', 'pipe']
  })
  child = started
  let [stdout, stderr] = ['', '']
  started.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString() })
  const ready = new Promise<string>((resolve) => {
    started.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
      const origin = /^Parley node ready at (http:\/\/\S+)$/m.exec(stdout)?.[1]
      if (origin !== undefined) resolve(origin)
    })
  })
  return { stdout: () => stdout, stderr: () => stderr, ready, exit: once(started, 'exit').then(([code]) => code as number | null) }
}

it('says in one line on stdout that it is ready, then answers, and stops on a signal', async () => {
  const node = run({})
  const origin = await node.ready
  expect((await fetch(`${origin}/readyz`)).status).toBe(200)
  const info = await (await fetch(`${origin}/v1/info`)).json() as { issuer: string, relayAddrs: string[], peerId: string }
  expect(info.issuer).toBe(origin)
  expect(info.relayAddrs[0]).toContain(`/tcp/${new URL(origin).port}/ws/p2p/${info.peerId}`)
  child?.kill('SIGTERM')
  expect(await node.exit).toBe(0)
  expect(node.stdout()).toBe(`Parley node ready at ${origin}\n`)
})

/** Makes the process throw or reject outside of everything on SIGUSR2: a bug that the node does not have. */
const withBug = (bug: 'throw' | 'reject'): Record<string, string> => {
  const code = bug === 'throw' ? 'throw new Error("a bug")' : 'void Promise.reject(new Error("a bug"))'
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(`process.on("SIGUSR2", () => { ${code} })`)}` }
}

it.each(['throw', 'reject'] as const)('finishes what is going on after a bug (%s), then exits with a code that a supervisor restarts', async (bug) => {
  const node = run(withBug(bug))
  const { hostname, port } = new URL(await node.ready)
  const socket = connect(Number(port), hostname)
  socket.write('POST /v1/auth/otp HTTP/1.1\r\nHost: node\r\nContent-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n')
  // The request is being served once the node has asked for its body.
  expect(String(await once(socket, 'data'))).toContain('100 Continue')
  child?.kill('SIGUSR2')
  await expect.poll(node.stderr, { timeout: 15_000 }).toMatch(/"level":60,.*"stack":.*"nothing caught an error: the node stops"/)
  socket.write('{}')
  expect(String(await once(socket, 'data'))).toMatch(/^HTTP\/1\.1 4\d\d [^]*connection: close/i)
  expect(await node.exit).toBe(1)
})

it('stops on a signal as soon as what is being answered is finished, though its connection could be used again', async () => {
  const node = run({})
  const { hostname, port } = new URL(await node.ready)
  const socket = connect(Number(port), hostname)
  socket.write('POST /v1/auth/otp HTTP/1.1\r\nHost: node\r\nContent-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n')
  await once(socket, 'data')
  child?.kill('SIGTERM')
  await expect.poll(node.stderr, { timeout: 15_000 }).toContain('stopping')
  socket.write('{}')
  // After the time limit for stopping it would be 1.
  expect(await node.exit).toBe(0)
})

it('does not start with a bad environment, and says what to mend', async () => {
  const node = run({ HOST: '0.0.0.0', PUBLIC_URL: 'https://parley.example' })
  expect(await node.exit).toBe(1)
  expect(node.stdout()).toBe('')
  expect(node.stderr()).toMatch(/^Parley cannot start\.\nSMTP_URL is missing: /)
})

it('says which Node it needs on one that is too old, although that lacks what it imports', async () => {
  const older = encodeURIComponent('Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } })')
  const node = run({ NODE_OPTIONS: `--no-experimental-sqlite --import=data:text/javascript,${older}` })
  expect(await node.exit).toBe(1)
  expect(node.stderr()).toMatch(/^Parley cannot start\.\nIt needs Node 24 or newer/)
})

it('does not start where nothing can be kept, and says so', async () => {
  const file = join(folder, 'file')
  await writeFile(file, '')
  const node = run({ PARLEY_DATA: join(file, 'data') })
  expect(await node.exit).toBe(1)
  expect(node.stderr()).toMatch(/^Parley cannot start\.\nNothing can be kept in .*Choose another folder with PARLEY_DATA\.\n$/)
})

it('does not start on a port that is taken, and says so', async () => {
  const first = run({})
  const { port } = new URL(await first.ready)
  const firstChild = child
  const second = run({ PORT: port, PARLEY_DATA: join(folder, 'second') })
  expect(await second.exit).toBe(1)
  expect(second.stderr()).toContain('The port is in use by another program')
  firstChild?.kill('SIGINT')
  expect(await first.exit).toBe(0)
})
