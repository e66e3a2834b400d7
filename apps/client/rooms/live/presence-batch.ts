/**
 * Applies unstored frames in batches: the first at once, what follows within a moment together. Of typing and hashes the newest of each sender counts,
 * receipts and read marks of a sender, alone or in one frame, are united, and the rest is applied as it comes: each is rare, and its order matters.
 */
import type { DeviceKey } from '#shared/ids.ts'
import { unite, type PresenceContent } from '../../protocols/presence/index.ts'
import type { Scope } from '../../state/scope.ts'

/** Nobody sees whether a receipt is shown a tenth of a second later, and a page draws ten times a second at most for it. */
export const BATCH_MS = 100

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
      const key = `${content.type} ${from}`
      const united = unite(waiting.get(key)?.content, content)
      if (united === null) {
        apply(from, content)
        return
      }
      if (!isOpen) {
        open()
        apply(from, content)
        return
      }
      waiting.set(key, { from, content: united })
    },
    hasSpoken: (device) => { waiting.delete(`typing ${device}`) }
  }
}
