/** How much an epoch has been used: entries that are held, whatever their clocks say. */
import type { DevTag, EpochId } from '#shared/ids.ts'
import type { EnvelopeHeader } from '#shared/wire/envelope.ts'
import { highestOf } from '#shared/wire/sync/ranges.ts'
import type { DeviceLog } from '#shared/wire/sync/replica.ts'

/** A log, and the epoch that its newest entries are sealed in, with the first position of that epoch that is held. */
export interface HeldLog extends DeviceLog { newestEpoch?: { epochId: EpochId, from: number } | undefined }

/** Returns the newest epoch of a log after an entry was added. @param log as it was before */
export function epochAfter (log: HeldLog, { seq, epochId }: EnvelopeHeader): HeldLog['newestEpoch'] {
  const { newestEpoch } = log
  if (newestEpoch?.epochId === epochId) return { epochId, from: Math.min(newestEpoch.from, seq) }
  return seq > highestOf(log.have) ? { epochId, from: seq } : newestEpoch
}

/** Counts the entries that are held of an epoch, of the logs that are still in it. A position that is missing does not count. */
export function countEntries (logs: ReadonlyMap<DevTag, HeldLog>, epochId: EpochId): number {
  let count = 0
  for (const { have, newestEpoch } of logs.values()) {
    if (newestEpoch?.epochId !== epochId) continue
    for (const { from, to } of have) count += Math.max(0, to - Math.max(from, newestEpoch.from) + 1)
  }
  return count
}
