/**
 * The clock that messages are ordered by. Authors choose their own lamport clocks, so each counts only within bounds that follow from the
 * operations it names. Every device that holds an entry's past computes the same place for it, in whatever order the entries come.
 */
import type { EnvelopeHeader, VerifiedEnvelope } from '#shared/wire/envelope.ts'
import type { EnvelopeId } from '#shared/ids.ts'

/**
 * How far an entry may be ahead of the operations it names. Honest clocks advance by one per entry, and an epoch ends with an operation after
 * 20,000 of them: fifty times that leaves honest entries as they are. It still takes 9 * 10^9 operations to use up the safe integers.
 */
export const CLOCK_STEP = 1_000_000

export interface ShownClock {
  /** Adds an operation. Call for each one once. */
  add(operation: VerifiedEnvelope): void
  /** Returns the clock of an operation; null while something in its past is missing. */
  at(id: EnvelopeId): number | null
  /**
   * RULE: an entry stands after the operations it names, and at most one step after them. No clock makes an entry be refused.
   * Null while something in its past is missing.
   */
  of(header: Pick<EnvelopeHeader, 'lamport' | 'heads'>): number | null
}

export function createShownClock (): ShownClock {
  const clocks = new Map<EnvelopeId, number>()
  /** Operations by one that they name and that has no clock yet. */
  const waiting = new Map<EnvelopeId, VerifiedEnvelope[]>()

  const of: ShownClock['of'] = ({ lamport, heads }) => {
    let base = 0
    for (const head of heads) {
      const clock = clocks.get(head)
      if (clock === undefined) return null
      base = Math.max(base, clock)
    }
    return Math.max(base + 1, Math.min(lamport, base + CLOCK_STEP))
  }

  return {
    of,
    at: (id) => clocks.get(id) ?? null,
    add (operation) {
      const ready = [operation]
      for (let next = ready.pop(); next !== undefined; next = ready.pop()) {
        const clock = of(next.header)
        if (clock === null) {
          const missing = next.header.heads.find((head) => !clocks.has(head))
          if (missing !== undefined) waiting.set(missing, [...waiting.get(missing) ?? [], next])
          continue
        }
        clocks.set(next.id, clock)
        ready.push(...waiting.get(next.id) ?? [])
        waiting.delete(next.id)
      }
    }
  }
}
