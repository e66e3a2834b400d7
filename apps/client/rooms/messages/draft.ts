/** What somebody has begun to write in a room: there at once, stored when they pause. */
import { computed, type ReadonlySignal } from '@preact/signals-core'
import type { RoomMessages } from './facet.ts'
import type { Scope } from '../../state/scope.ts'
import type { RoomRecord } from '../../store/index.ts'

const SAVE_DELAY_MS = 400

export function createDraft ({ record, scope, change, save }: {
  record: ReadonlySignal<RoomRecord>
  scope: Scope
  /** Shown at once, stored by `save`. */
  change: (change: Pick<RoomRecord, 'draft'>) => void
  /** Stores the record as it is. */
  save: () => Promise<void>
}): Pick<RoomMessages, 'draft' | 'setDraft'> & { flush: () => Promise<void> } {
  let cancelSave = (): void => {}
  let isUnsaved = false
  return {
    draft: computed(() => record.value.draft),
    setDraft (draft) {
      change({ draft })
      cancelSave()
      isUnsaved = true
      cancelSave = scope.later(SAVE_DELAY_MS, () => {
        isUnsaved = false
        scope.run(save())
      })
    },
    async flush () {
      cancelSave()
      if (isUnsaved) await save()
    }
  }
}
