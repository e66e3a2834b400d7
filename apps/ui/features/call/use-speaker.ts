import { useEffect, type RefObject } from 'react'
import { useSignal } from '../../hooks/use-signal.ts'
import { useClient } from '../../state/app-context.ts'

/** Plays an element on the chosen speaker: again when another is chosen, and when one was plugged in or out. */
export function useSpeaker (element: RefObject<HTMLMediaElement | null>): void {
  const calls = useSignal(useClient().calls)
  useEffect(() => {
    if (calls === null) return
    const use = (): void => { if (element.current !== null) calls.useSpeaker(element.current).catch(() => {}) }
    const stop = calls.settings.subscribe(use)
    navigator.mediaDevices.addEventListener('devicechange', use)
    return () => {
      stop()
      navigator.mediaDevices.removeEventListener('devicechange', use)
    }
  }, [calls, element])
}
