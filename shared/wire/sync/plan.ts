/**
 * What to ask for next: pure, from what the other side claims, what is held and what was asked before.
 *
 * A few missing entries are asked for at once. Many: first the operations of what is missing, since membership and keys decide how the
 * rest is read; then the newest window of every log, so that a newcomer sees the last page of everybody; then the rest, window by window,
 * a few at a time, and what other sessions are being sent only when nothing else is left.
 */
import type { DevTag } from '../../ids.ts'
import { WANT_RANGES_MAX, type ClaimedLog, type Want, type WantedRange } from './messages.ts'
import { countOf, mergeRanges, subtractRanges } from './ranges.ts'
import type { DeviceLog, LogRange } from './replica.ts'

/** Up to this many missing entries there is no separate round for operations. */
export const SMALL_SYNC_ENTRIES = 64
/** Entries per log and turn: about two screens of everybody before anybody's third. */
export const WINDOW_ENTRIES = 200
/** Entries of one want: some hundred kilobytes, so that whoever else has the room can be asked for other parts. */
export const WANT_ENTRIES_MAX = 2000
/** A held island up to this long is received again rather than splitting a run, which costs a range and a signature check on each side. */
export const ISLAND_MAX_ENTRIES = 16

/** A log as the other side claims to hold it. */
export interface RemoteLog extends ClaimedLog { devTag: DevTag }

/** What is known of one log of the other side in this session. */
export interface PullLog extends RemoteLog {
  /** Its operations were asked for. */
  operationsAsked: boolean
  /** Ranges that were asked for in whole: not asked again, whatever came. */
  asked: LogRange[]
  /** Held positions at which the other side holds something else, as it seems: asked for as evidence. */
  suspects: Set<number>
  /** The log goes two ways: nothing more of it is asked for in this session. */
  diverged: boolean
}

/**
 * Answers null when nothing is missing. Marks in `logs` what it asks for.
 * @param ofOthers what other sessions have asked for and not yet got
 */
export function planWant (
  logs: readonly PullLog[], held: ReadonlyMap<DevTag, DeviceLog>, ofOthers: (devTag: DevTag) => readonly LogRange[] = () => []
): Want | null {
  const missing = new Map<PullLog, LogRange[]>()
  let total = 0
  for (const log of logs) {
    if (log.diverged) continue
    const lacking = subtractRanges(subtractRanges(log.have, held.get(log.devTag)?.have ?? []), mergeRanges(log.asked))
    if (lacking.length > 0) missing.set(log, mergeRanges(lacking, ISLAND_MAX_ENTRIES))
    total += countOf(lacking)
  }
  const ranges = total > SMALL_SYNC_ENTRIES ? operationRanges(missing) : []
  if (ranges.length > 0) return { type: 'want', mode: 'operations', ranges }
  // The newest page is worth asking for twice: who is slow must not keep it back.
  const isFirst = logs.every((log) => log.asked.length === 0)
  const wanted = total <= SMALL_SYNC_ENTRIES ? windows(missing) : isFirst ? windows(missing, 1) : windowsApart(missing, ofOthers)
  const all = [...suspectRanges(logs), ...wanted].slice(0, WANT_RANGES_MAX)
  if (all.length === 0) return null
  const byTag = new Map(logs.map((log) => [log.devTag, log]))
  for (const { devTag, from, to } of all) byTag.get(devTag)?.asked.push({ from, to })
  return { type: 'want', mode: 'all', ranges: all }
}

function operationRanges (missing: ReadonlyMap<PullLog, readonly LogRange[]>): WantedRange[] {
  const ranges: WantedRange[] = []
  for (const [log, lacking] of missing) {
    if (log.operationsAsked || ranges.length + lacking.length > WANT_RANGES_MAX) continue
    log.operationsAsked = true
    for (const { from, to } of lacking.toReversed()) ranges.push({ devTag: log.devTag, from, to })
  }
  return ranges
}

function suspectRanges (logs: readonly PullLog[]): WantedRange[] {
  return logs.flatMap((log) => {
    const seqs = log.diverged ? [] : [...log.suspects]
    log.suspects.clear()
    return seqs.map((seq) => ({ devTag: log.devTag, from: seq, to: seq }))
  })
}

/** What nobody else is asked for; when there is no such thing any more, all that is missing. */
function windowsApart (missing: ReadonlyMap<PullLog, readonly LogRange[]>, ofOthers: (devTag: DevTag) => readonly LogRange[]): WantedRange[] {
  const apart = new Map([...missing].map(([log, lacking]) => [log, subtractRanges(lacking, ofOthers(log.devTag))]))
  const ranges = windows(apart)
  return ranges.length > 0 ? ranges : windows(missing)
}

/** Turn by turn over all logs, each from its newest down; those first of which least was asked for. */
function windows (missing: ReadonlyMap<PullLog, readonly LogRange[]>, turnsMax = Infinity): WantedRange[] {
  const turns = [...missing].sort(([a], [b]) => countOf(a.asked) - countOf(b.asked))
    .map(([log, lacking]) => ({ devTag: log.devTag, left: lacking.map((range) => ({ ...range })) }))
  const ranges: WantedRange[] = []
  let total = 0
  for (let turn = 0; turn < turnsMax && turns.some(({ left }) => left.length > 0); turn++) {
    for (const { devTag, left } of turns) {
      if (total >= WANT_ENTRIES_MAX) return ranges
      let entries = WINDOW_ENTRIES
      for (let last = left.at(-1); last !== undefined && entries > 0; last = left.at(-1)) {
        const from = Math.max(last.from, last.to - entries + 1), count = last.to - from + 1
        ranges.push({ devTag, from, to: last.to })
        entries -= count
        total += count
        if (from === last.from) left.pop()
        else last.to = from - 1
      }
    }
  }
  return ranges
}
