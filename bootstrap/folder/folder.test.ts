/** What a node finds in its folder, as a process of its own: every sentence is read where the person reads it. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLog } from '../log.ts'
import { readConfig } from '../config.ts'
import { openServices } from '../services.ts'
import { loadRelayKey } from '../relay/key.ts'
import { makeFolder } from '../testing/node.ts'

let folder: string
const children: ChildProcess[] = []
beforeEach(async () => { folder = await makeFolder() })
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  await rm(folder, { recursive: true, force: true })
})

interface Run { child: ChildProcess, stderr: () => string, exit: Promise<number | null>, ready: Promise<string> }

function run (environment: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../server.ts')], {
    env: { PATH: process.env['PATH'], PORT: '0', PARLEY_DATA: folder, LOG_LEVEL: 'warn', ...environment }, stdio: ['ignore', 'pipe', 'pipe']
  })
  children.push(child)
  let [stdout, stderr] = ['', '']
  child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString() })
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
      const origin = /^Parley node ready at (http:\/\/\S+)$/m.exec(stdout)?.[1]
      if (origin !== undefined) resolve(origin)
    })
    child.once('close', () => reject(new Error(`the node ended: ${stderr}`)))
  })
  ready.catch(() => {})
  return { child, stderr: () => stderr, ready, exit: once(child, 'close').then(([code]) => code as number | null) }
}

const path = (name: string): string => join(folder, name)
const open = async () => await openServices(readConfig({ PARLEY_DATA: folder }), { log: createLog('silent') })

/** A folder that a node has used: accounts enough that the database has pages in its middle. */
async function useFolder (accounts = 2000): Promise<void> {
  const services = await open()
  for (let n = 0; n < accounts; n++) await services.accounts.findOrCreate(`${n} ${'h'.repeat(60)}`, n)
  await services.stop()
  const database = new DatabaseSync(path('parley.db'))
  database.exec('pragma wal_checkpoint(truncate)')
  database.close()
}

const sentenceOf = async (): Promise<string> => {
  const node = run()
  expect(await node.exit).toBe(1)
  const [first, ...rest] = node.stderr().trim().split('\n')
  expect(first).toBe('Parley cannot start.')
  expect(node.stderr()).not.toMatch(/^\s+at /m)
  return rest.join('\n')
}

describe('two nodes on one folder', () => {
  it('the second says who has it and ends, the first goes on, and after kill -9 the next one starts at once', async () => {
    const first = run()
    const origin = await first.ready
    expect(await sentenceOf()).toMatch(new RegExp(`^Another Parley node \\(pid ${first.child.pid}\\) uses this folder`))
    expect((await fetch(`${origin}/healthz`)).status).toBe(200)
    first.child.kill('SIGKILL')
    const next = run()
    expect((await fetch(`${await next.ready}/healthz`)).status).toBe(200)
    next.child.kill('SIGTERM')
    expect(await next.exit).toBe(0)
    await run().ready
  })

  it('are kept apart inside one process too, and a node that has stopped leaves the folder free', async () => {
    const first = await open()
    await expect(open()).rejects.toThrow(`Another Parley node (pid ${process.pid}) uses this folder`)
    await first.stop()
    await (await open()).stop()
  })
})

describe('a folder that a node has used', () => {
  it.each<[string, () => Promise<unknown>, RegExp]>([
    ['a database of 0 bytes', () => truncate(path('parley.db'), 0), /database beside .*secret is missing or empty: restore parley\.db/],
    ['no database', () => rm(path('parley.db')), /database beside .*secret is missing or empty: restore parley\.db/],
    ['a database without tables', async () => {
      await rm(path('parley.db'))
      const database = new DatabaseSync(path('parley.db'))
      database.exec('create table t (a); drop table t')
      database.close()
    }, /database beside .*secret is missing or empty: restore parley\.db/],
    ['the database of another program', async () => {
      await rm(path('parley.db'))
      const database = new DatabaseSync(path('parley.db'))
      database.exec('create table bookmarks (url)')
      database.close()
    }, /is the database of another program: choose another folder with PARLEY_DATA/],
    ['a text in place of the database', () => writeFile(path('parley.db'), 'not a database '.repeat(1000)), /parley\.db is no database: restore it/],
    ['a database that is cut in half', async () => await truncate(path('parley.db'), Math.floor((await stat(path('parley.db'))).size / 8192) * 4096),
      /parley\.db is damaged: restore it and `secret` from the same backup/],
    ['a page of zeros in the middle', () => overwrite(0.5, Buffer.alloc(4096)), /parley\.db is damaged: restore it/],
    ['two pages of zeros near the end', () => overwrite(0.8, Buffer.alloc(8192)), /parley\.db is damaged: restore it/],
    ['noise over a page', () => overwrite(0.3, Buffer.alloc(4096, 0xa7)), /parley\.db is damaged: restore it/],
    ['a folder in place of the database', async () => {
      await rm(path('parley.db'))
      await mkdir(path('parley.db'))
    }, /parley\.db.*(?:cannot be written|is a folder)/],
    ['no secret', () => rm(path('secret')), /secret is missing beside the database it belongs to: restore it from a backup/],
    ['an empty secret', () => truncate(path('secret'), 0), /secret is damaged: restore it from a backup/],
    ['half a secret', () => truncate(path('secret'), 30), /secret is damaged: restore it from a backup/],
    ['the secret of another node', () => writeFile(path('secret'), 'f'.repeat(64)), /secret.* does not belong to this database/]
  ])('with %s is refused with a sentence, and nothing in it is changed', async (_what, damage, sentence) => {
    await useFolder()
    await damage()
    const before = await readAll()
    await expect(open()).rejects.toMatchObject({ name: 'ConfigError', message: expect.stringMatching(sentence) as string })
    expect(await readAll()).toEqual(before)
  })

  it.each([
    ['empty', ''],
    ['damaged', 'x'.repeat(68)],
    ['damaged', 'half a key']
  ])('with a relay key that is %s is refused with a sentence, and the key is left as it is', async (what, content) => {
    await writeFile(path('relay.key'), content)
    await expect(loadRelayKey(folder)).rejects.toMatchObject({
      name: 'ConfigError', message: expect.stringMatching(`relay\\.key is ${what}: restore it from a backup, or remove it`) as string
    })
    expect(await readFile(path('relay.key'), 'utf8')).toBe(content)
  })

  it('that nobody else wrote is opened again, and a sentence is all that a start on a damaged one shows', async () => {
    await useFolder()
    await (await open()).stop()
    await overwrite(0.5, Buffer.alloc(4096))
    expect(await sentenceOf()).toBe(`The database ${path('parley.db')} is damaged: restore it and \`secret\` from the same backup. Nothing was changed.`)
  })

  it('whose first start was interrupted between database and secret is taken up again', async () => {
    await useFolder(0)
    const database = new DatabaseSync(path('parley.db'))
    database.exec('delete from meta where key = \'secret_check\'')
    database.close()
    await rm(path('secret'))
    await (await open()).stop()
    expect(await readFile(path('secret'), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
  })

  it.runIf(process.getuid?.() === 0 && canRunAs(65_534))('whose database its user may not write is refused with a sentence', async () => {
    await useFolder()
    for (const name of await readdir(folder)) await chown(path(name), 65_534, 65_534)
    await chown(folder, 65_534, 65_534)
    await chown(path('parley.db'), 0, 0)
    await chmod(path('parley.db'), 0o644)
    const result = spawnSync(process.execPath, [join(import.meta.dirname, '../server.ts')], {
      uid: 65_534, gid: 65_534, env: { PATH: process.env['PATH'], PORT: '0', PARLEY_DATA: folder }, encoding: 'utf8', timeout: 30_000
    })
    expect(result.stderr).toMatch(/Parley cannot start\.\nNo permission for .*parley\.db|The database .*parley\.db cannot be written: give the user/)
  })
})

describe('what the node keeps is readable by its user alone', () => {
  it.each([
    ['in a new folder', async () => await rm(folder, { recursive: true })],
    ['in a folder that was open to everyone', async () => await chmod(folder, 0o755)],
    ['where the database was open to everyone', async () => {
      await useFolder(10)
      for (const name of ['parley.db', 'secret']) await chmod(path(name), 0o644)
      await chmod(folder, 0o777)
    }]
  ])('%s', async (_what, prepare) => {
    await prepare()
    const node = run()
    await node.ready
    const files = await readdir(folder)
    expect(files).toEqual(expect.arrayContaining(['parley.db', 'parley.db-shm', 'parley.db-wal', 'relay.key', 'secret']))
    for (const name of files) expect([name, ((await stat(path(name))).mode & 0o777).toString(8)]).toEqual([name, '600'])
    expect(((await stat(folder)).mode & 0o777).toString(8)).toBe('700')
  })

  it('in a folder that others use as well, which keeps its own permissions and is warned of', async () => {
    await chmod(folder, 0o755)
    await writeFile(path('notes.txt'), 'mine', { mode: 0o644 })
    const node = run()
    await node.ready
    expect(((await stat(folder)).mode & 0o777).toString(8)).toBe('755')
    expect(((await stat(path('notes.txt'))).mode & 0o777).toString(8)).toBe('644')
    expect(((await stat(path('parley.db'))).mode & 0o777).toString(8)).toBe('600')
    expect(node.stderr()).toContain('use a folder for Parley alone')
  })
})

async function overwrite (share: number, bytes: Buffer): Promise<void> {
  const content = await readFile(path('parley.db'))
  bytes.copy(content, Math.floor(content.length * share / 4096) * 4096)
  await writeFile(path('parley.db'), content)
}

/** All that belongs to somebody; not the lock, and not what SQLite makes beside a database that it looks at. */
async function readAll (): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => !/^lock\.|-(?:wal|shm)$/.test(name)).sort()
  const read = async (name: string): Promise<string> => (await stat(path(name))).isDirectory() ? 'folder' : (await readFile(path(name))).toString('hex')
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await read(name)] as const)))
}

/** Whether another user can run this checkout at all. */
function canRunAs (uid: number): boolean {
  return spawnSync(process.execPath, ['--version'], { uid, gid: uid }).status === 0 &&
    spawnSync('cat', [join(import.meta.dirname, '../server.ts')], { uid, gid: uid }).status === 0
}
