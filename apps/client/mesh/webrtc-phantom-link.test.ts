/**
 * The carried patch of @libp2p/webrtc (docs/adr/0003), its other half: while two peers look for a path, the end of their signalling stream says
 * nothing. Unpatched, whoever answers takes it for success: a side that gives up leaves the other with a "direct" link over which nothing
 * ever passes, and which is preferred to the relayed one that works. Both versions of the very file are run.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unapplyPatch } from '../testing/unapply-patch.ts'

const root = join(import.meta.dirname, '../../..')
const target = join(root, 'node_modules/@libp2p/webrtc/dist/src/private-to-private/util.js')
const patch = join(root, 'patches/@libp2p+webrtc+6.0.33.patch')

type ReadCandidates = (pc: FakePeerConnection, stream: { read: () => Promise<unknown> }, options: object) => Promise<void>
let folder = ''
let versions: Record<'patched' | 'unpatched', ReadCandidates>

class FakePeerConnection {
  connectionState = 'connecting'
  onconnectionstatechange: (() => void) | null = null
  become (state: string): void {
    this.connectionState = state
    this.onconnectionstatechange?.()
  }
}

beforeAll(async () => {
  await mkdir(join(root, 'node_modules/.cache'), { recursive: true })
  folder = await mkdtemp(join(root, 'node_modules/.cache/patch-test-'))
  const load = async (source: string, name: string): Promise<ReadCandidates> => {
    const path = join(folder, name)
    await writeFile(path, source.replaceAll(/from "(\..+?)"/g, (_all, file: string) => `from ${JSON.stringify(pathToFileURL(join(dirname(target), file)).href)}`))
    return (await import(pathToFileURL(path).href) as { readCandidatesUntilConnected: ReadCandidates }).readCandidatesUntilConnected
  }
  const source = await readFile(target, 'utf8')
  versions = { patched: await load(source, 'patched.mjs'), unpatched: await load(unapplyPatch(source, await readFile(patch, 'utf8'), 'util.js'), 'unpatched.mjs') }
})

afterAll(async () => await rm(folder, { recursive: true }))

const log = Object.assign(() => {}, { trace () {}, error () {} })
const ENDS = [['ends', () => Promise.resolve(null)], ['is reset', () => Promise.reject(new Error('stream reset'))]] as const
const looking = (version: 'patched' | 'unpatched', pc: FakePeerConnection, read: () => Promise<unknown>, timeoutMs = 5000): Promise<void> =>
  versions[version](pc, { read }, { direction: 'recipient', signal: AbortSignal.timeout(timeoutMs), log })

describe('looking for a path, patched', () => {
  it.each(ENDS)('goes on when the stream %s, until the connection is there', async (_how, read) => {
    const pc = new FakePeerConnection()
    let isOver = false
    const over = looking('patched', pc, read).then(() => { isOver = true })
    await new Promise((resolve) => { setTimeout(resolve, 20) })
    expect(isOver).toBe(false)
    pc.become('connected')
    await over
  })

  it.each(ENDS)('fails when the stream %s and the connection does, or when the time is over', async (_how, read) => {
    const pc = new FakePeerConnection()
    const over = looking('patched', pc, read)
    pc.become('failed')
    await expect(over).rejects.toThrow('failed')
    await expect(looking('patched', new FakePeerConnection(), read, 30)).rejects.toThrow()
  })
})

describe('looking for a path, unpatched', () => {
  it.each(ENDS)('takes a stream that %s for a connection: while it does, the patch is needed', async (_how, read) => {
    const pc = new FakePeerConnection()
    await looking('unpatched', pc, read)
    expect(pc.connectionState).toBe('connecting')
  })
})
