/** What the parts of a simulated run share. */
import type { DeviceKey, EnvelopeId, RoomTag, UserKey } from '#shared/ids.ts'
import type { RoomPolicy } from '../../rooms/membership/operations.ts'
import type { Network } from './network.ts'
import type { Person } from './person.ts'
import type { Random } from './random.ts'

/** A message that its author's device said is stored. */
export interface Said {
  id: EnvelopeId
  text: string
  by: Person
  /** People of whom its author knew that they were members and are no more. */
  removed: readonly UserKey[]
  /** Devices of which its author knew that they were revoked. */
  revoked: readonly DeviceKey[]
  /** Everybody of whom its author knew that they were ever in. */
  known: ReadonlySet<UserKey>
  /** The members its author knew of, each with the operation that had let them in. */
  members: ReadonlyMap<UserKey, EnvelopeId>
}

export interface World {
  readonly random: Random
  readonly network: Network
  /** By device: some people have two. */
  readonly people: readonly Person[]
  readonly tag: RoomTag
  /** What newcomers read; it stays so for the whole run. */
  readonly history: RoomPolicy['history']
  /** How many messages the room keeps, likewise; null for all. */
  readonly retentionCount: number | null
  /** How long it keeps them, likewise. */
  readonly retentionMs: number | null
  /** Invitations that people have heard of. */
  readonly links: string[]
  readonly said: Said[]
  /** Who has used a link since the trouble began: a link gives keys by right, also to whoever was removed before. */
  readonly asked: Set<UserKey>
  /** Those who never come back. */
  readonly dead: Set<Person>
  /** What happened, for whoever looks into a failure. */
  readonly trace: string[]
  readonly failures: string[]
  /** Texts so far: each is written once. */
  texts: number
  /** Starts what must not fail. */
  run(job: Promise<unknown>): void
}
