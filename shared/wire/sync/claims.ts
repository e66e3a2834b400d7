/**
 * What the sessions about one copy of a room have asked for and not yet got: each asks for other parts than the others, so that a newcomer
 * fetches from all members and the node at once and nothing twice.
 */
import type { DevTag } from '../../ids.ts'
import type { WantedRange } from './messages.ts'
import { mergeRanges } from './ranges.ts'
import type { LogRange, Replica } from './replica.ts'

/** One session's view. */
export interface Claims {
  /** What this session waits for now, instead of what it waited for before. */
  hold(ranges: readonly WantedRange[]): void
  /** What other sessions wait for, in normal form. */
  ofOthers(devTag: DevTag): LogRange[]
  /** The session is over. */
  release(): void
}

const sessionsOf = new WeakMap<Replica, Map<Claims, readonly WantedRange[]>>()

export function joinClaims (replica: Replica): Claims {
  const sessions = sessionsOf.get(replica) ?? new Map<Claims, readonly WantedRange[]>()
  sessionsOf.set(replica, sessions)
  const mine: Claims = {
    hold: (ranges) => { sessions.set(mine, ranges) },
    ofOthers: (devTag) => mergeRanges([...sessions].flatMap(([session, ranges]) =>
      session === mine ? [] : ranges.filter((range) => range.devTag === devTag))),
    release: () => { sessions.delete(mine) }
  }
  return mine
}
