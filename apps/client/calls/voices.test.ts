import { expect, test } from 'vitest'
import type { UserKey } from '#shared/ids.ts'
import { openVoices, type VoiceOf } from './voices.ts'

const bob = 'bob' as UserKey

function shelf (): { load: () => Promise<readonly VoiceOf[]>, save: (voices: readonly VoiceOf[]) => Promise<void>, kept: () => readonly VoiceOf[] } {
  let kept: readonly VoiceOf[] = []
  return { load: () => Promise.resolve(kept), save: (voices) => { kept = voices; return Promise.resolve() }, kept: () => kept }
}

test('how loud Bob is stays after a restart, and silencing him forgets nothing of it', async () => {
  const store = shelf()
  const voices = await openVoices(store)
  await voices.set(bob, { volume: 1.5 })
  await voices.set(bob, { isSilenced: true })
  await voices.set(bob, { isSilenced: false })
  expect((await openVoices(store)).levels.value.get(bob)).toEqual({ volume: 1.5, isSilenced: false })
})

test('who is as loud as they come is not kept', async () => {
  const store = shelf()
  const voices = await openVoices(store)
  await voices.set(bob, { volume: 0.2 })
  await voices.set(bob, { volume: 1 })
  expect(store.kept()).toEqual([])
})

test.each([[7, 2], [-1, 0]])('a volume of %f is %f', async (asked, volume) => {
  const voices = await openVoices(shelf())
  await voices.set(bob, { volume: asked })
  expect(voices.levels.value.get(bob)?.volume).toBe(volume)
})
