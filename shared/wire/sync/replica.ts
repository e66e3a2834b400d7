/** The port through which the sync protocol sees a copy of a room: the client's store and the node's mailbox each implement it. */
import type { DevTag, DeviceKey, EnvelopeId, RoomTag } from '../../ids.ts'
import type { Envelope, VerifiedEnvelope } from '../envelope.ts'

/** Sequence numbers, both ends included. */
export interface LogRange { from: number, to: number }

/** What a replica holds of one device's log. */
export interface DeviceLog {
  devTag: DevTag
  device: DeviceKey
  /** Ascending, disjoint, not adjacent. `[{ from: 1, to: n }]` when nothing is missing below the newest. */
  have: readonly LogRange[]
  /** Id of the entry with the greatest sequence number in `have`. */
  head: EnvelopeId
}

export interface Replica {
  readonly roomTag: RoomTag
  /** What this replica holds now, by device tag. Kept current in memory; must not touch the disk. */
  vector(): ReadonlyMap<DevTag, DeviceLog>
  /** Entries of `range` that are held, ascending, at most `maxBytes` (at least one), cut off at the old end: the newest come first. */
  read(devTag: DevTag, range: LogRange, options: { maxBytes: number, only?: 'operations' }): Promise<Envelope[]>
  /** The id at `seq` when it is held: for checking that a run links to what is known. */
  idAt(devTag: DevTag, seq: number): Promise<EnvelopeId | null>
  /**
   * Keeps verified entries; those that are held already are skipped. Answers when they are durable.
   * A different entry at a held position is equivocation: it is kept out and reported by the caller.
   * @throws {Error} when it cannot be stored (full disk, quota): the session ends, nothing is lost.
   */
  append(entries: readonly VerifiedEnvelope[]): Promise<void>
  /** Two signed entries at one position. Proof for others. */
  reportFork(first: Envelope, second: Envelope, device: DeviceKey): void
}
