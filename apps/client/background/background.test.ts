import { afterEach, describe, expect, it } from 'vitest'
import { WireError } from '#shared/wire/cbor.ts'
import type { EpochId } from '#shared/ids.ts'
import { encodeEnvelope, eraseBody, type Envelope } from '#shared/wire/envelope.ts'
import { checkRun, type RunJob } from '#shared/wire/sync/index.ts'
import { encodeMessage, type WantMode } from '#shared/wire/sync/messages.ts'
import { elideRun } from '#shared/wire/sync/run.ts'
import { createPerson, EPOCH, ROOM } from '#shared/wire/sync/testing/people.ts'
import { createEpoch, openBody, openVault, sealBody } from '../crypto/index.ts'
import { openDatabase, type Database, type EntryRow, type Store } from '../store/index.ts'
import { createBackground } from './index.ts'
import { serve, type Port } from './jobs.ts'
import { packRun, unpackRun } from './pack.ts'

const alice = await createPerson()
await alice.write({ kind: 'operation', bytes: 400 })
await alice.writeMany(30)
await alice.write({ kind: 'operation', bytes: 300 })

const jobOf = (entries: readonly Envelope[], mode: WantMode = 'all', device = alice.device): RunJob =>
  ({ frame: encodeMessage({ type: 'run', range: 0, run: elideRun(entries) }), roomTag: ROOM, devTag: alice.devTag, device, mode, epochs: [EPOCH] })

const stranger = await createPerson()
const erased = await eraseBody(alice.log[4]!)

/** A worker on this thread: everything that crosses is copied, as it is between threads. */
function spawnWorker (): Worker {
  const page = new EventTarget(), there = new EventTarget()
  const tell = (target: EventTarget, message: unknown): void => {
    const data: unknown = structuredClone(message)
    queueMicrotask(() => target.dispatchEvent(Object.assign(new Event('message'), { data })))
  }
  serve({
    postMessage: (message) => tell(page, message),
    addEventListener: (type, listener) => there.addEventListener(type, (event) => listener(event as unknown as { data: unknown }))
  } satisfies Port)
  return Object.assign(page, { postMessage: (message: unknown) => tell(there, message), terminate () {} }) as unknown as Worker
}

/** A worker whose file cannot be loaded. */
function spawnDead (): Worker {
  const worker = Object.assign(new EventTarget(), { postMessage () {}, terminate () {} })
  setTimeout(() => worker.dispatchEvent(new Event('error')))
  return worker as unknown as Worker
}

describe('a run that is checked by the worker', () => {
  it.each<[string, RunJob]>([
    ['a chain', jobOf(alice.log)],
    ['operations by themselves', jobOf([alice.log[0]!, alice.log[31]!], 'operations')],
    ['a chain with an erased body', jobOf([...alice.log.slice(0, 4), erased, ...alice.log.slice(5)])],
    ['a chain by somebody else', jobOf(alice.log, 'all', stranger.device)]
  ])('is the same as one that is checked here: %s', async (_, job) => {
    const background = createBackground(spawnWorker, 'background-run')
    const { contents, ...there } = await background.checkRun(job, new Map())
    expect(there).toEqual(await checkRun(job))
    expect(contents.size).toBe(0)
  })

  it('fails by the same reason', async () => {
    const job = { ...jobOf(alice.log), frame: encodeMessage({ type: 'run', range: 0, run: { ...elideRun(alice.log), epochs: [] } }) }
    const background = createBackground(spawnWorker, 'background-run')
    const failures = await Promise.allSettled([background.checkRun(job, new Map()), checkRun(job)])
    expect(failures.map((failure) => failure.status === 'rejected' && failure.reason instanceof WireError && failure.reason.reason))
      .toEqual(['malformed-run-table', 'malformed-run-table'])
  })

  it('brings what its messages say where their key is known', async () => {
    const { messageKey } = await createEpoch()
    if (messageKey === null) throw new Error('a fresh epoch has both keys')
    const entry = alice.log[3]!, text = new TextEncoder().encode('hello')
    const sealed = { ...entry, body: await sealBody(messageKey, entry.headerBytes, text) }
    const background = createBackground(spawnWorker, 'background-run')
    const { chains, contents } = await background.checkRun(jobOf([sealed]), new Map([[EPOCH, messageKey], ['ff'.repeat(16) as EpochId, messageKey]]))
    expect([...contents.values()]).toEqual([text])
    expect([...contents.keys()]).toEqual(chains.flat().map(({ id }) => id))
    expect(await openBody(messageKey, chains[0]![0]!.headerBytes, chains[0]![0]!.body)).toEqual(text)
  })

  it('is checked here when the worker cannot be started or dies', async () => {
    for (const spawn of [spawnDead, undefined, () => { throw new DOMException('no workers here', 'SecurityError') }]) {
      const background = createBackground(spawn, 'background-run')
      const { chains, isSigned } = await background.checkRun(jobOf(alice.log), new Map())
      expect({ chains, isSigned }).toEqual(await checkRun(jobOf(alice.log)))
    }
  })
})

it('packs what it unpacks, with contents of any length and headers of any log', async () => {
  await stranger.writeMany(2)
  const entries = [alice.log[0]!, await eraseBody(alice.log[1]!), alice.log[2]!, alice.log[2]!, alice.log[31]!, alice.log[31]!, ...stranger.log]
  const contents = [null, new Uint8Array(), new Uint8Array([1, 2]), null, null, null, null, null]
  const unpacked = unpackRun(packRun([entries.slice(0, 1), entries.slice(1)], true, contents))
  expect(unpacked.chains.map((chain) => chain.map(encodeEnvelope))).toEqual([entries.slice(0, 1).map(encodeEnvelope), entries.slice(1).map(encodeEnvelope)])
  expect(unpacked.chains.flat().map(({ header, id }) => ({ header, id }))).toEqual(entries.map(({ header, id }) => ({ header, id })))
  expect([...unpacked.contents]).toEqual([[entries[1]!.id, contents[1]], [entries[2]!.id, contents[2]]])
})

describe('a batch of rows', () => {
  const rows = (count: number): EntryRow[] => Array.from({ length: count }, (_, n) => {
    const id = String(n).padStart(64, '0') as EntryRow['id']
    return { roomTag: ROOM, devTag: alice.devTag, seq: n + 1, id, bytes: new Uint8Array([n]), order: [n, 0, id] }
  })
  const logs = [{ roomTag: ROOM, devTag: alice.devTag, device: alice.device, have: [{ from: 1, to: 100 }], head: rows(1)[0]!.id }]
  const open: Database[] = []
  afterEach(async () => { for (const database of open.splice(0)) await database.erase() })

  async function storeOf (name: string): Promise<Store> {
    const database = await openDatabase(name)
    open.push(database)
    return database.withVault(await openVault(null, null, async () => {}))
  }

  it.each([['by the worker', spawnWorker], ['here, when the worker has died', spawnDead]])('is in the database when it was appended %s', async (how, spawn) => {
    const store = await storeOf(`background ${how}`)
    const background = createBackground(spawn, `background ${how}`)
    await background.storing(store).entries.append(rows(100), logs)
    expect(await store.entries.count(ROOM)).toBe(100)
    expect(await store.entries.logsOf(ROOM)).toEqual(logs)
    background.stop()
  })

  it('is refused as by the database itself', async () => {
    const store = await storeOf('background refused')
    const background = createBackground(spawnWorker, 'background refused')
    const broken = rows(100).map((row) => ({ ...row, seq: null as unknown as number }))
    await expect(background.storing(store).entries.append(broken, logs)).rejects.toMatchObject({ code: 'storage-denied' })
    expect(await store.entries.logsOf(ROOM)).toEqual([])
    background.stop()
  })
})
