/**
 * Applies unstored frames in batches: the first at once, what follows within a moment together. Of typing and hashes the newest of each sender counts,
 * receipts and read marks of a sender, alone or in one frame, are united, and the rest is applied as it comes: each is rare, and its order matters.
 */
import type { DeviceKey, DevTag } from '#shared/ids.ts'
import { mergeRanges } from '#shared/wire/sync/ranges.ts'
import type { PresenceContent } from '../../protocols/presence/index.ts'
import type { Scope } from '../../state/scope.ts'

/** Nobody sees whether a receipt is shown a tenth of a second later, and a page draws ten times a second at most for it. */
export const BATCH_MS = 100

const BATCHED: ReadonlySet<PresenceContent['type']> = new Set(['typing', 'receipt', 'read', 'receipt-and-read', 'agreement'])

type Apply = (from: DeviceKey, content: PresenceContent) => void

export interface PresenceBatch {
  take: Apply
  /** A message of this device has come: what it said of typing before is over, and must not be shown after it. */
  hasSpoken: (device: DeviceKey) => void
}

export function createPresenceBatch (scope: Scope, apply: Apply): PresenceBatch {
  let isOpen = false
  const waiting = new Map<string, { from: DeviceKey, content: PresenceContent }>()

  const open = (): void => {
    isOpen = true
    scope.later(BATCH_MS, () => {
      isOpen = false
      const batch = [...waiting.values()]
      waiting.clear()
      if (batch.length > 0) open()
      for (const { from, content } of batch) apply(from, content)
    })
  }

  return {
    take (from, content) {
      if (!BATCHED.has(content.type)) {
        apply(from, content)
        return
      }
      if (!isOpen) {
        open()
        apply(from, content)
        return
      }
      const key = `${content.type} ${from}`
      waiting.set(key, { from, content: unite(waiting.get(key)?.content, content) })
    },
    hasSpoken: (device) => { waiting.delete(`typing ${device}`) }
  }
}

/** What two of a kind say together; the second is the newer one. */
function unite (before: PresenceContent | undefined, now: PresenceContent): PresenceContent {
  if (before?.type === 'receipt' && now.type === 'receipt') return { type: 'receipt', held: uniteHeld(before.held, now.held) }
  if (before?.type === 'read' && now.type === 'read') return { type: 'read', read: uniteRead(before.read, now.read) }
  if (before?.type === 'receipt-and-read' && now.type === 'receipt-and-read') {
    return { type: 'receipt-and-read', held: uniteHeld(before.held, now.held), read: uniteRead(before.read, now.read) }
  }
  return now
}

type Held = Extract<PresenceContent, { type: 'receipt' }>['held']
type Read = Extract<PresenceContent, { type: 'read' }>['read']

function uniteHeld (before: Held, now: Held): Held {
  const byLog = Map.groupBy([...before, ...now], ({ devTag }) => devTag)
  return [...byLog].flatMap(([devTag, ranges]) => mergeRanges(ranges).map(({ from, to }) => ({ devTag, from, to })))
}

function uniteRead (before: Read, now: Read): Read {
  const highest = new Map<DevTag, number>()
  for (const { devTag, seq } of [...before, ...now]) highest.set(devTag, Math.max(seq, highest.get(devTag) ?? 0))
  return [...highest].map(([devTag, seq]) => ({ devTag, seq }))
}
