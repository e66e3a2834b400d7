/** The public types of privacy: whom this person keeps at a distance. */
import type { ReadonlySignal } from '@preact/signals-core'
import type { UserKey } from '#shared/ids.ts'

/**
 * From whom this device's addresses are hidden. `strangers`: everybody but contacts, who are those whose safety number was compared and those
 * with whom this person began a direct conversation.
 */
export type HidesFrom = 'nobody' | 'strangers' | 'everybody'

export interface Privacy {
  readonly hidesFrom: ReadonlySignal<HidesFrom>
  /** Takes effect at once: direct links that tell too much end, and media in a call goes on through the TURN server. */
  setHidesFrom(from: HidesFrom): Promise<void>
  /** By root key, so on all their devices. Their calls do not ring, and no media comes from or goes to them. */
  readonly blocked: ReadonlySignal<ReadonlySet<UserKey>>
  setBlocked(user: UserKey, isBlocked: boolean): Promise<void>
}
