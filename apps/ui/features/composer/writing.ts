/** Whether one can write in a room right now, and in words why not. */
import type { Language } from '../../i18n/index.ts'
import type { RoomSummary } from '#client'
import { ownMuteWords } from '../members/mute.ts'

export interface WritingState {
  summary: Pick<RoomSummary, 'standing' | 'role'>
  canSend: boolean
  mutedUntil: number | null
  now: number
}

/** The sentence that stands under the box instead of who types; null while one can write. */
export function whyNot ({ summary: { standing, role }, canSend, mutedUntil, now }: WritingState, language: Language): string | null {
  const { composer, writing } = language.words
  if (standing === 'waiting') return writing.waiting
  if (standing === 'revoked') return writing.revoked
  if (standing !== 'member') return composer.cannotWrite
  if (role === 'observer') return writing.observer
  return ownMuteWords(mutedUntil, now, language) ?? (canSend ? null : composer.notReady)
}

/** "42 s", "3 min": how long until something may be done again; null when that is now. */
export function waitWords (at: number | null, now: number): string | null {
  if (at === null || at <= now) return null
  const seconds = Math.ceil((at - now) / 1000)
  return seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`
}
