/** How loud people are played on this device. Kept, since whoever is too loud once is so in the next call. */
import { signal, type ReadonlySignal } from '@preact/signals-core'
import type { UserKey } from '#shared/ids.ts'
import type { VoiceLevel } from '../api-calls.ts'

export interface VoiceOf extends VoiceLevel { user: UserKey }

export interface Voices {
  readonly levels: ReadonlySignal<ReadonlyMap<UserKey, VoiceLevel>>
  set(user: UserKey, change: Partial<VoiceLevel>): Promise<void>
}

const VOLUME_MAX = 2
const AS_IT_COMES: VoiceLevel = { volume: 1, isSilenced: false }

export async function openVoices ({ load, save }: { load: () => Promise<readonly VoiceOf[]>, save: (voices: readonly VoiceOf[]) => Promise<void> }): Promise<Voices> {
  const levels = signal<ReadonlyMap<UserKey, VoiceLevel>>(new Map((await load()).map(({ user, ...level }) => [user, level])))
  return {
    levels,
    async set (user, change) {
      const { volume, isSilenced } = { ...AS_IT_COMES, ...levels.peek().get(user), ...change }
      const level = { volume: Math.min(VOLUME_MAX, Math.max(0, volume)), isSilenced }
      const next = new Map(levels.peek())
      if (level.volume === 1 && !isSilenced) next.delete(user)
      else next.set(user, level)
      levels.value = next
      await save([...next].map(([who, one]) => ({ user: who, ...one })))
    }
  }
}
