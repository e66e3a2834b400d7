/** A replica in memory: the smallest thing that keeps the promises of the port. */
import type { DeviceKey, DevTag, RoomTag } from '../../../ids.ts'
import { encodeEnvelope, type Envelope, type VerifiedEnvelope } from '../../envelope.ts'
import { covers, highestOf, mergeRanges } from '../ranges.ts'
import type { DeviceLog, Replica } from '../replica.ts'

export interface MemoryReplica extends Replica {
  /** In the order in which they were appended. */
  readonly appended: readonly VerifiedEnvelope[]
  readonly forks: readonly { first: Envelope, second: Envelope, device: DeviceKey }[]
}

export function createMemoryReplica (roomTag: RoomTag, initial: readonly VerifiedEnvelope[] = []): MemoryReplica {
  const logs = new Map<DevTag, DeviceLog>()
  const entries = new Map<DevTag, Map<number, VerifiedEnvelope>>()
  const appended: VerifiedEnvelope[] = []
  const forks: { first: Envelope, second: Envelope, device: DeviceKey }[] = []

  function keep (batch: readonly VerifiedEnvelope[]): void {
    for (const entry of batch) {
      const { devTag, seq } = entry.header
      const log = entries.get(devTag) ?? new Map<number, VerifiedEnvelope>()
      entries.set(devTag, log)
      if (log.has(seq)) continue
      log.set(seq, entry)
      appended.push(entry)
      const known = logs.get(devTag)
      const last = known?.have.at(-1)
      // At the end, as nearly always, the ranges need no sorting.
      const have = last?.to === seq - 1
        ? [...known?.have.slice(0, -1) ?? [], { from: last.from, to: seq }]
        : mergeRanges([...known?.have ?? [], { from: seq, to: seq }])
      logs.set(devTag, { devTag, device: entry.device, have, head: log.get(highestOf(have))?.id ?? entry.id })
    }
  }
  keep(initial)
  appended.length = 0

  return {
    roomTag,
    appended,
    forks,
    vector: () => logs,
    read (devTag, { from, to }, { maxBytes, only }) {
      const log = logs.get(devTag)
      const found: Envelope[] = []
      let bytes = 0
      for (let seq = Math.min(to, highestOf(log?.have ?? [])); seq >= from; seq--) {
        const entry = covers(log?.have ?? [], seq) ? entries.get(devTag)?.get(seq) : undefined
        if (entry === undefined || (only === 'operations' && entry.header.kind !== 'operation')) continue
        bytes += encodeEnvelope(entry).length
        if (bytes > maxBytes && found.length > 0) break
        found.unshift(entry)
      }
      return Promise.resolve(found)
    },
    idAt: (devTag, seq) => Promise.resolve(entries.get(devTag)?.get(seq)?.id ?? null),
    append (batch) {
      keep(batch)
      return Promise.resolve()
    },
    reportFork: (first, second, device) => void forks.push({ first, second, device })
  }
}
