import { describe, expect, it } from 'vitest'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import { encodeCbor } from '#shared/wire/cbor.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { createFramePair, type FramePairOptions } from '#shared/wire/testing/frame-pair.ts'
import { type SyncResult } from '#shared/wire/sync/index.ts'
import { decodeMessage } from '#shared/wire/sync/messages.ts'
import { createMemoryReplica, type MemoryReplica } from '#shared/wire/sync/testing/memory-replica.ts'
import { createPerson, ROOM, roomKeys, type Person } from '#shared/wire/sync/testing/people.ts'
import type { Mesh, Remote } from '../../mesh/types.ts'
import { createSyncProtocol, type SyncProtocol, type SyncProtocolOptions } from './index.ts'

const keys = await roomKeys()
const never = new AbortController().signal

interface End {
  person: Person
  replica: MemoryReplica
  sync: SyncProtocol
  dropped: string[]
  done: { remote: Remote, result: SyncResult }[]
  progress: unknown[]
}

type MeshOptions = FramePairOptions & { pause?: SyncProtocolOptions['pause'] }

/** People whose streams lead straight to each other. */
async function mesh (count: number, { pause, ...options }: MeshOptions = {}): Promise<{ people: End[], opened: () => number, open: (from: End, to: End) => FrameStream }> {
  const handlers = new Map<Remote, (stream: FrameStream, remote: DeviceKey) => Promise<void>>()
  let opened = 0
  function connect (from: Remote, to: Remote): FrameStream {
    const handler = handlers.get(to)
    if (handler === undefined) throw new Error('nobody is there')
    opened++
    const pair = createFramePair(options)
    handler(pair.b, from as DeviceKey).catch((error: unknown) => pair.b.abort(error as Error))
    return pair.a
  }
  const people = await Promise.all(Array.from({ length: count }, async (): Promise<End> => {
    const person = await createPerson()
    const end: Omit<End, 'sync'> = { person, replica: createMemoryReplica(ROOM), dropped: [], done: [], progress: [] }
    const own: Pick<Mesh, 'open' | 'handle' | 'drop'> = {
      open: async (remote) => await Promise.resolve(connect(person.device, remote)),
      handle (_, handler) {
        handlers.set(person.device, handler)
        return () => handlers.delete(person.device)
      },
      drop: (reason) => end.dropped.push(reason)
    }
    const sync = createSyncProtocol({
      mesh: own,
      localKey: person.device,
      nodeKey: () => null,
      roomOf: (tag) => tag === ROOM ? { replica: end.replica, access: person.access(keys) } : null,
      onDone: (remote, _, result) => end.done.push({ remote, result }),
      ...(pause !== undefined && { pause }),
      onProgress: (_, progress) => end.progress.push(progress)
    })
    return { ...end, sync }
  }))
  people.sort((a, b) => a.person.device < b.person.device ? -1 : 1)
  return { people, opened: () => opened, open: (from, to) => connect(from.person.device, to.person.device) }
}

async function two (options?: MeshOptions): Promise<{ alice: End, bob: End, opened: () => number, open: (from: End, to: End) => FrameStream }> {
  const { people: [alice, bob], ...rest } = await mesh(2, options)
  if (alice === undefined || bob === undefined) throw new Error('there are two')
  await alice.replica.append(await alice.person.writeMany(5))
  return { alice, bob, ...rest }
}

describe('sync on the client', () => {
  it('makes two copies equal and tells both rooms', async () => {
    const { alice, bob } = await two()
    const result = await bob.sync.sync(alice.person.device, ROOM, { signal: never })
    expect(result.receivedEntries).toBe(5)
    await expect.poll(() => alice.done.length).toBe(1)
    expect(alice.done[0]).toMatchObject({ remote: bob.person.device, result: { sentEntries: 5 } })
    expect(alice.done[0]?.result.remote.get(alice.person.devTag)).toEqual([{ from: 1, to: 5 }])
    expect(bob.progress).toEqual([{ received: 5, total: 5 }, null])
  })

  it('runs one session at a time; calls meanwhile share one more, which sees what was written since', async () => {
    const written = Promise.withResolvers<undefined>()
    let hellos = 0
    const { alice, bob, opened } = await two({
      onFrame: async (frame) => { if (decodeMessage(frame).type === 'hello' && ++hellos === 2) await written.promise }
    })
    const first = bob.sync.sync(alice.person.device, ROOM, { signal: never })
    const others = [1, 2, 3].map(async () => await bob.sync.sync(alice.person.device, ROOM, { signal: never }))
    await first
    await alice.replica.append([await alice.person.write()])
    written.resolve(undefined)
    const results = await Promise.all(others)
    expect(new Set(results).size).toBe(1)
    expect(opened()).toBe(2)
    expect(bob.replica.vector().get(alice.person.devTag)?.have).toEqual([{ from: 1, to: 6 }])
  })

  it('makes both equal when both call at once', async () => {
    const { alice, bob } = await two()
    await bob.replica.append(await bob.person.writeMany(3))
    await Promise.all([
      alice.sync.sync(bob.person.device, ROOM, { signal: never }),
      bob.sync.sync(alice.person.device, ROOM, { signal: never })
    ])
    for (const { replica, dropped } of [alice, bob]) {
      expect(replica.vector().get(alice.person.devTag)?.have).toEqual([{ from: 1, to: 5 }])
      expect(replica.vector().get(bob.person.devTag)?.have).toEqual([{ from: 1, to: 3 }])
      expect(dropped).toEqual([])
    }
  })

  it('refuses a room it is not in, on both ends', async () => {
    const { alice, bob } = await two()
    const elsewhere = '77'.repeat(16) as RoomTag
    await expect(bob.sync.sync(alice.person.device, elsewhere, { signal: never })).rejects.toThrow('not in the room')
    await expect(bob.sync.sync('node', ROOM, { signal: never })).rejects.toThrow('key of the node')
  })

  it('counts what is malformed and goes on', async () => {
    const { alice, bob, open } = await two()
    const stream = open(bob, alice)
    await stream.send(encodeCbor([99]))
    await expect.poll(() => alice.dropped).toEqual(['sync-unknown-message'])
    expect((await bob.sync.sync(alice.person.device, ROOM, { signal: never })).receivedEntries).toBe(5)
  })

  it('takes no more than its budget of calls from one device', async () => {
    const { alice, bob, open } = await two()
    for (let i = 0; i < 45; i++) await open(bob, alice).send(encodeCbor([99])).catch(() => undefined)
    await expect.poll(() => alice.dropped.filter((reason) => reason === 'sync-budget').length).toBe(5)
  })

  it('frees the place when a session breaks or is aborted', async () => {
    let isBroken = true
    const { alice, bob } = await two({ onFrame: () => { if (isBroken) throw new Error('no line') } })
    await expect(bob.sync.sync(alice.person.device, ROOM, { signal: never })).rejects.toThrow()
    await expect(bob.sync.sync(alice.person.device, ROOM, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
    isBroken = false
    expect((await bob.sync.sync(alice.person.device, ROOM, { signal: never })).receivedEntries).toBe(5)
  })

  it('takes and makes no calls after it has stopped', async () => {
    const { alice, bob } = await two()
    alice.sync.stop()
    alice.sync.stop()
    await expect(alice.sync.sync(bob.person.device, ROOM, { signal: never })).rejects.toThrow('stopped')
    await expect(bob.sync.sync(alice.person.device, ROOM, { signal: never })).rejects.toThrow('nobody is there')
  })
})
