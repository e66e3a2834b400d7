/** A room of any size and its way to a newcomer: what the benchmark and load tests are made of. */
import type { VerifiedEnvelope } from '../../envelope.ts'
import { createFramePair } from '../../testing/frame-pair.ts'
import { acceptSync, runSync, type SyncResult } from '../session.ts'
import { createMemoryReplica, type MemoryReplica } from './memory-replica.ts'
import { createPerson, ROOM, roomKeys, type Person } from './people.ts'

/** `messages` entries by `authors` devices in turn, one operation in a hundred. */
export async function buildRoom ({ messages, authors = 10, bytes = 144 }: { messages: number, authors?: number, bytes?: number }): Promise<{
  people: Person[], entries: VerifiedEnvelope[]
}> {
  const people = await Promise.all(Array.from({ length: authors }, async () => await createPerson()))
  const entries: VerifiedEnvelope[] = []
  for (let i = 0; i < messages; i++) {
    const author = people[i % authors]
    if (author !== undefined) entries.push(await author.write({ bytes, lamport: i + 1, ...(i % 100 === 0 && { kind: 'operation' as const }) }))
  }
  return { people, entries }
}

/** Syncs all of it to somebody who has nothing, over a stream in memory. Time is that of the session alone. */
export async function syncNewcomer (entries: readonly VerifiedEnvelope[]): Promise<{ ms: number, result: SyncResult, newcomer: MemoryReplica }> {
  const [keys, host, guest] = await Promise.all([roomKeys(), createPerson(), createPerson()])
  const full = createMemoryReplica(ROOM, entries), newcomer = createMemoryReplica(ROOM)
  const pair = createFramePair()
  const startedAt = performance.now()
  const [result] = await Promise.all([
    runSync(pair.a, { replica: newcomer, access: guest.access(keys) }, { remoteKey: host.key }),
    acceptSync(pair.b, { roomOf: () => ({ replica: full, access: host.access(keys) }), remoteKey: guest.key })
  ])
  return { ms: performance.now() - startedAt, result, newcomer }
}
