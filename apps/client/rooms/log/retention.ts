/**
 * How long messages are kept: those that are older than the room's policy says, or beyond its number, are erased on every device and shown
 * no longer. Their entries stay without a body, so that the chain can be checked.
 */
import type { RoomTag } from '#shared/ids.ts'
import { encodeEnvelope, eraseBody, type Envelope, type EnvelopeHeader } from '#shared/wire/envelope.ts'
import type { RoomPolicy } from '../../api.ts'
import { keepingOnly, relationKind, type EntryRow, type Store } from '../../store/index.ts'
import { endingWithTarget, kindOf } from '../messages/kinds/index.ts'
import { storedEnvelope } from './admit-entries.ts'
import type { ShownClock } from './shown-clock.ts'

/** Clocks differ: what another device has let go of may be due here a little later. */
const CLOCKS_DIFFER_MS = 10 * 60_000
const SWEEP_ROWS = 200

export interface Retention {
  /** Whether the time of a message is over, here or where a clock is ahead. Operations have no end. */
  isOver(header: EnvelopeHeader, slackMs?: number): boolean
  /** Whether a copy that comes without its body may be one whose time is over. */
  mayBeOver(header: EnvelopeHeader): boolean
  /** Counts anew what is beyond the number. */
  refresh(): Promise<void>
  /** Erases in the store what is due; answers the rows as they are now. */
  sweep(): Promise<EntryRow[]>
}

/** An entry whose time is over: not shown, and what it said is gone. What it took back stays so. */
export async function endedRow (row: EntryRow, envelope: Envelope): Promise<EntryRow> {
  const relates = row.relates?.filter((key) => kindOf(relationKind(key))?.outlasts === true) ?? []
  return { ...keepingOnly(row, 'operationOf'), ...relates.length > 0 && { relates }, bytes: encodeEnvelope(await eraseBody(envelope)) }
}

export function createRetention ({ tag, store, policy, now, clockOf }: {
  tag: RoomTag, store: Store, policy: () => RoomPolicy, now: () => number, clockOf: ShownClock['of']
}): Retention {
  /** The clock of the oldest message within the number. */
  let firstKept = 0

  /** RULE: the time of a message is over when it is older than the policy keeps it, or when as many as the policy keeps are newer. */
  const isOver = (header: EnvelopeHeader, slackMs = 0): boolean => {
    const { kind, sentAt } = header
    const { retentionMs, retentionCount } = policy()
    if (kind !== 'message') return false
    return (retentionMs !== null && sentAt < now() - retentionMs + slackMs) || (retentionCount !== null && (clockOf(header) ?? Infinity) < firstKept)
  }

  const refresh = async (): Promise<void> => {
    const { retentionCount } = policy()
    firstKept = retentionCount === null ? 0 : (await store.entries.nthNewest(tag, Math.max(0, retentionCount - 1)))?.order?.[0] ?? 0
  }

  const endAll = async (rows: readonly EntryRow[]): Promise<EntryRow[]> => {
    const ended = await Promise.all(rows.map(async (row) => {
      const envelope = storedEnvelope(row)
      return envelope === null ? [] : [await endedRow(row, envelope)]
    }))
    await store.entries.update(ended.flat())
    return ended.flat()
  }

  return {
    isOver,
    mayBeOver: (header) => isOver(header, CLOCKS_DIFFER_MS),
    refresh,
    async sweep () {
      const { retentionMs, retentionCount } = policy()
      if (retentionMs === null && retentionCount === null) return []
      await refresh()
      const all: EntryRow[] = []
      for (;;) {
        const oldest = await store.entries.oldestShown(tag, SWEEP_ROWS)
        const due = oldest.filter((row) => isOver(storedEnvelope(row)?.header ?? NOT_DUE))
        if (due.length === 0) break
        all.push(...await endAll(due))
        for (const { type } of endingWithTarget) all.push(...await endAll(await store.entries.relatedTo(tag, type, due.map(({ id }) => id))))
      }
      const waiting = (await store.entries.pending(tag)).filter((row) => isOver(storedEnvelope(row)?.header ?? NOT_DUE))
      return [...all, ...await endAll(waiting)]
    }
  }
}

/** For what cannot be read: repairing it comes first. */
const NOT_DUE = { kind: 'operation' } as EnvelopeHeader
