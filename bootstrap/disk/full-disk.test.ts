/** A disk that is really full: the node's folder on a file system of 12 MB, filled to the last byte. */
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, writeSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPerson, makeFolder, startTestNode, type Person, type TestNode } from '../testing/node.ts'

const canMount = tryToMount()
// Without the right to mount there is no disk to fill; the machine of the tests has it.
if (!canMount) process.stderr.write('full-disk.test.ts is skipped: this user may not mount a small file system\n')

let folder: string
let node: TestNode
let alice: Person
let passport: string

describe.runIf(canMount)('with a full disk', () => {
  beforeEach(async () => {
    folder = await makeFolder()
    mount(folder)
    node = await startTestNode({ dataDir: folder })
    alice = await createPerson(node, 'Alice')
    passport = (await alice.signIn()).passport
    fill(folder)
  })
  afterEach(async () => {
    await node.stop()
    spawnSync('umount', [folder])
    await rm(folder, { recursive: true, force: true })
  })
  const ready = async () => (await node.app.inject('/readyz')).json<{ status: string, database: boolean, disk: string, reason?: string }>()

  it('the node is alive, says that it is not ready and why, and people are told before they write', async () => {
    expect(await ready()).toEqual({ status: 'failing', database: false, relay: false, disk: 'full', reason: 'the disk is full: the database takes no writes' })
    expect((await node.app.inject('/readyz')).statusCode).toBe(503)
    expect((await node.app.inject('/healthz')).statusCode).toBe(200)
    expect((await alice.api.info()).storage).toBe('full')
    expect(node.logged()).toContain('the disk is full: nothing new is kept')
  })

  it('a device that is signed in reads and refreshes, also after hours, and no proof is accepted twice', async () => {
    node.pass(3_600_000)
    passport = (await alice.api.refresh(passport)).passport
    await expect(alice.api.devices(passport)).resolves.toHaveLength(1)
    await expect(alice.api.ice(passport)).resolves.toMatchObject({ iceServers: [] })
    await expect(alice.api.saveBackup(passport, 'a'.repeat(32), { replaces: 0, sealed: 'A'.repeat(400_000) })).rejects.toMatchObject({ code: 'node-full' })
  })

  it('a device that was signed in before signs in again by a code, and the code is good once', async () => {
    await expect(ready()).resolves.toMatchObject({ database: false })
    node.pass(31_000)
    await alice.api.requestCode(alice.email)
    const code = alice.readCode()
    await expect(alice.api.verifyCode({ email: alice.email, code: code === '000000' ? '000001' : '000000' })).rejects.toMatchObject({ code: 'code-wrong' })
    const signedIn = await alice.api.verifyCode({ email: alice.email, code })
    await expect(alice.api.devices(signedIn.passport)).resolves.toHaveLength(1)
    await expect(alice.api.verifyCode({ email: alice.email, code })).rejects.toMatchObject({ code: 'code-expired' })
  })

  it('what needs room is refused with a sentence, and works when there is room again', async () => {
    const bob = await createPerson(node, 'Bob')
    await bob.api.requestCode(bob.email)
    await expect(bob.api.verifyCode({ email: bob.email, code: bob.readCode() })).rejects.toMatchObject({ code: 'node-full' })
    await rm(join(folder, 'filler'))
    await expect.poll(async () => await ready(), { timeout: 30_000 }).toMatchObject({ database: true })
    await expect.poll(() => node.services.disk.storage(), { timeout: 30_000 }).not.toBe('full')
    node.pass(31_000)
    await bob.signIn()
    await expect(alice.api.saveBackup(passport, 'a'.repeat(32), { replaces: 0, sealed: 'AAAA' })).resolves.toBe(1)
    expect(node.logged()).toMatch(/the disk (?:has room again|is nearly full)/)
  })
})

function mount (path: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', path]).status === 0
}

function tryToMount (): boolean {
  const { stdout } = spawnSync('mktemp', ['-d'], { encoding: 'utf8' })
  const path = stdout.trim()
  const isMounted = mount(path)
  if (isMounted) spawnSync('umount', [path])
  spawnSync('rmdir', [path])
  return isMounted
}

/** Takes every byte that is left. */
function fill (path: string): void {
  const file = openSync(join(path, 'filler'), 'w')
  for (let size = 1024 * 1024; size >= 1;) {
    try {
      if (writeSync(file, Buffer.alloc(size)) < size) size >>= 1
    } catch {
      size >>= 1
    }
  }
  closeSync(file)
}
