/** Which message of one room is being edited; shared by the list, where editing begins, and the composer, where it is done. */
import { signal, type ReadonlySignal } from '@preact/signals-core'
import type { Message } from '#client'

export interface Editing {
  readonly target: ReadonlySignal<Message | null>
  begin (message: Message): void
  /** Begins with the newest message that may be edited; answers whether there is one. */
  beginNewest (): boolean
  end (): void
  /** What is shown now, so that the newest can be found. */
  show (messages: readonly Message[]): void
}

export function createEditing (): Editing {
  const target = signal<Message | null>(null)
  let shown: readonly Message[] = []
  return {
    target,
    begin (message) { target.value = message },
    beginNewest () {
      const newest = shown.findLast((message) => message.canEdit)
      if (newest !== undefined) target.value = newest
      return newest !== undefined
    },
    end () { target.value = null },
    show (messages) { shown = messages }
  }
}
