import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
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
