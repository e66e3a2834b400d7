/** Alice and Bob call each other at the same time. Her key is the smaller one: she answers `busy`, and her session does for both. */
import { describe, expect, it } from 'vitest'
import type { DeviceKey } from '#shared/ids.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { createMemoryReplica, type MemoryReplica } from '#shared/wire/sync/testing/memory-replica.ts'
import { decodeMessage } from '#shared/wire/sync/messages.ts'
import { createPerson, ROOM, roomKeys, type Person } from '#shared/wire/sync/testing/people.ts'
import type { SyncResult } from '#shared/wire/sync/index.ts'
import { createFramePair } from '#shared/wire/testing/frame-pair.ts'
import { createSyncProtocol, type SyncProtocol } from './index.ts'

const keys = await roomKeys()
const never = new AbortController().signal

interface End {
  person: Person
  replica: MemoryReplica
  sync: SyncProtocol
  dropped: string[]
  done: SyncResult[]
}

interface Gate { readonly passed: Promise<unknown>, open: () => void }

function gate (): Gate {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  return { passed: promise, open: () => resolve(undefined) }
}

interface Story {
  alice: End
  bob: End
  /** Holds up what Alice sends in her call. */
  aliceHello: Gate
  /** Holds up what Bob answers to it; open at first. */
  bobAnswer: Gate
  /** Bob has begun to answer. */
  answered: Promise<unknown>
  /** Holds up her refusal of his call. */
  busy: Gate
  /** She has begun to refuse. */
  refused: Promise<unknown>
  calls: { alice: number, bob: number }
}

interface StoryOptions {
  pause?: (ms: number, signal: AbortSignal) => Promise<void>
  /** Alice's line breaks once she has sent. */
  breaksAlice?: boolean
  holdsAnswer?: boolean
}

async function bothCall ({ pause, breaksAlice = false, holdsAnswer = false }: StoryOptions = {}): Promise<Story> {
  const [one, other] = await Promise.all([createPerson(), createPerson()])
  const [small, great] = one.device < other.device ? [one, other] : [other, one]
  const aliceHello = gate(), bobAnswer = gate(), answered = gate(), busy = gate(), refused = gate()
  if (!holdsAnswer) bobAnswer.open()
  const calls = { alice: 0, bob: 0 }
  const handlers = new Map<DeviceKey, (stream: FrameStream, remote: DeviceKey) => Promise<void>>()

  const connect = (from: Person, to: Person): FrameStream => {
    const isAlice = from === small
    calls[isAlice ? 'alice' : 'bob']++
    const pair = createFramePair({
      async onFrame (frame, by) {
        if (isAlice && by === 'a') await aliceHello.passed
        if (isAlice && breaksAlice) throw new Error('no line')
        if (isAlice && by === 'b') {
          answered.open()
          await bobAnswer.passed
        }
        const message = decodeMessage(frame)
        if (message.type !== 'error' || message.code !== 'busy') return
        refused.open()
        await busy.passed
      }
    })
    handlers.get(to.device)?.(pair.b, from.device).catch((error: unknown) => pair.b.abort(error as Error))
    return pair.a
  }
  const end = (person: Person, other: Person): End => {
    const parts = { person, replica: createMemoryReplica(ROOM), dropped: [] as string[], done: [] as SyncResult[] }
    const sync = createSyncProtocol({
      mesh: {
        open: async () => await Promise.resolve(connect(person, other)),
        handle: (_, handler) => {
          handlers.set(person.device, handler)
          return () => handlers.delete(person.device)
        },
        drop: (reason) => parts.dropped.push(reason)
      },
      localKey: person.device,
      nodeKey: () => null,
      roomOf: () => ({ replica: parts.replica, access: person.access(keys) }),
      onDone: (_, __, result) => parts.done.push(result),
      ...(pause !== undefined && { pause })
    })
    return { ...parts, sync }
  }
  const alice = end(small, great), bob = end(great, small)
  await alice.replica.append(await small.writeMany(5))
  await bob.replica.append(await great.writeMany(3))
  return { alice, bob, aliceHello, bobAnswer, answered: answered.passed, busy, refused: refused.passed, calls }
}

const callBoth = ({ alice, bob }: { alice: End, bob: End }): Promise<SyncResult[]> => Promise.all([
  alice.sync.sync(bob.person.device, ROOM, { signal: never }),
  bob.sync.sync(alice.person.device, ROOM, { signal: never })
])

const expectOneSession = ({ alice, bob }: { alice: End, bob: End }, [hers, his]: readonly SyncResult[]): void => {
  expect([hers?.receivedEntries, his?.receivedEntries]).toEqual([3, 5])
  expect([hers?.sentEntries, his?.sentEntries]).toEqual([5, 3])
  // Each end is told of the session once.
  expect([alice.done.length, bob.done.length]).toEqual([1, 1])
  expect([alice.dropped, bob.dropped]).toEqual([[], []])
}

describe('both call at once', () => {
  it('is one session when hers begins before his refusal comes', async () => {
    const story = await bothCall({ holdsAnswer: true })
    const results = callBoth(story)
    await story.refused
    story.aliceHello.open()
    await story.answered
    story.busy.open()
    story.bobAnswer.open()
    expectOneSession(story, await results)
    expect(story.calls).toEqual({ alice: 1, bob: 1 })
  })

  it('is one session when his refusal comes before hers begins', async () => {
    const waits = gate()
    const story = await bothCall({
      async pause (_, signal) {
        waits.open()
        await new Promise((resolve) => { signal.addEventListener('abort', resolve) })
      }
    })
    const results = callBoth(story)
    story.busy.open()
    await waits.passed
    story.aliceHello.open()
    expectOneSession(story, await results)
    expect(story.calls).toEqual({ alice: 1, bob: 1 })
  })

  it('is one session when hers is over before his refusal comes', async () => {
    const story = await bothCall()
    const results = callBoth(story)
    await story.refused
    story.aliceHello.open()
    await expect.poll(() => [story.alice.done.length, story.bob.done.length]).toEqual([1, 1])
    story.busy.open()
    expectOneSession(story, await results)
    expect(story.calls).toEqual({ alice: 1, bob: 1 })
  })

  it('calls again when hers never comes', async () => {
    const story = await bothCall({ breaksAlice: true, pause: async () => await Promise.resolve() })
    const hers = story.alice.sync.sync(story.bob.person.device, ROOM, { signal: never })
    const his = story.bob.sync.sync(story.alice.person.device, ROOM, { signal: never })
    await story.refused
    story.aliceHello.open()
    await expect(hers).rejects.toThrow()
    story.busy.open()
    expect((await his).receivedEntries).toBe(5)
    expect(story.calls).toEqual({ alice: 1, bob: 2 })
    expect(story.bob.done).toHaveLength(1)
  })

  it('gives up after some calls when she stays busy', async () => {
    const story = await bothCall({ pause: async () => await Promise.resolve() })
    story.busy.open()
    const hers = story.alice.sync.sync(story.bob.person.device, ROOM, { signal: never })
    await expect(story.bob.sync.sync(story.alice.person.device, ROOM, { signal: never })).rejects.toThrow('busy')
    expect(story.calls.bob).toBe(6)
    story.aliceHello.open()
    expect((await hers).receivedEntries).toBe(3)
  })

  it('stops waiting when his call is aborted', async () => {
    const waits = gate()
    const story = await bothCall({
      async pause (_, signal) {
        waits.open()
        await new Promise((_resolve, reject) => { signal.addEventListener('abort', () => reject(signal.reason as Error)) })
      }
    })
    const enough = new AbortController()
    const hers = story.alice.sync.sync(story.bob.person.device, ROOM, { signal: never })
    const his = story.bob.sync.sync(story.alice.person.device, ROOM, { signal: enough.signal })
    story.busy.open()
    await waits.passed
    enough.abort(new Error('enough'))
    await expect(his).rejects.toThrow('enough')
    story.aliceHello.open()
    expect((await hers).receivedEntries).toBe(3)
  })
})
