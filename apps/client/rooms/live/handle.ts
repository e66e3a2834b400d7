/** Hands unstored frames to what they are for: each kind has exactly one handler, or the types do not fit. */
import type { DeviceKey } from '#shared/ids.ts'
import type { PresenceContent, SentPresence } from '../../protocols/presence/index.ts'

export type EphemeralHandlers = { readonly [Content in SentPresence as Content['type']]: (from: DeviceKey, content: Content) => void }

/** Does nothing with content of a later version. */
export function handle (handlers: EphemeralHandlers, from: DeviceKey, content: PresenceContent): void {
  if (content.type === 'unknown') return
  const handler = handlers[content.type] as (from: DeviceKey, content: SentPresence) => void
  handler(from, content)
}
