/** `Room.live`: what goes on right now and is stored nowhere. */
import type { ReadonlySignal } from '@preact/signals-core'
import type { DisplayedName } from '../../api-names.ts'

export interface RoomLive {
  /** Members who are typing right now, at most `TYPING_NAMES_MAX` and one more, which says that there are several. Expires. */
  readonly typing: ReadonlySignal<readonly DisplayedName[]>
  /** Tells others that somebody types here, or no longer does; call on input, it is debounced. */
  setTyping(isTyping?: boolean): void
  /** Progress of fetching history, null when nothing is being fetched. Counts are envelopes. */
  readonly syncing: ReadonlySignal<{ received: number, total: number } | null>
}
