import { useEffect } from 'react'
import type { Calls } from '#client'
import { useSignal } from '../../hooks/use-signal.ts'
import { usePlatform, useUi, useWords } from '../../state/app-context.ts'
import { playSound, RING_EVERY_MS, type SoundName } from './call-sounds.ts'
import { useCallWords } from './use-call-words.ts'

/** What is heard of a ringing on both ends, and what the system shows of it while nobody looks here. */
export function useRinging (calls: Calls): void {
  const platform = usePlatform()
  const { navigation } = useUi()
  const words = useCallWords()
  const incoming = useSignal(calls.incoming)
  const call = useSignal(calls.current)
  const { playsRinging } = useSignal(calls.settings)
  const tag = incoming?.roomTag ?? null
  const { names } = useWords()
  const name = names.marked(incoming?.fromName ?? '', incoming?.fromMark ?? null)
  useEffect(() => tag !== null && playsRinging ? repeat('ring') : undefined, [tag, playsRinging])
  useEffect(() => {
    let stop: (() => void) | undefined
    const unsubscribe = call?.ring.subscribe((ring) => {
      stop?.()
      stop = ring === 'ringing' && playsRinging ? repeat('ringback') : undefined
    })
    return () => {
      unsubscribe?.()
      stop?.()
    }
  }, [call, playsRinging])
  useEffect(() => {
    if (tag === null || (document.visibilityState === 'visible' && document.hasFocus())) return
    platform.notify({
      title: words.incoming(name), body: words.onStage.incomingBody, tag: `call-${tag}`,
      onClick: () => navigation.go({ page: 'room', tag })
    })
  }, [tag, name, platform, navigation, words])
}

function repeat (sound: SoundName): () => void {
  playSound(sound)
  const timer = setInterval(() => playSound(sound), RING_EVERY_MS)
  return () => { clearInterval(timer) }
}
