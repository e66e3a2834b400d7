import { useCallback, useSyncExternalStore } from 'react'

/** Longer timers than this overflow (HTML: timeouts are 32-bit). */
const TIMER_MAX_MS = 2 ** 30

/** Whether a Unix time in ms is over; null is. Renders again when it becomes so. */
export function useIsPast (at: number | null): boolean {
  const subscribe = useCallback((onChange: () => void) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const wait = (): void => {
      const left = (at ?? 0) - Date.now()
      if (left <= 0) onChange()
      else timer = setTimeout(wait, Math.min(left, TIMER_MAX_MS))
    }
    if (at !== null && at > Date.now()) wait()
    return () => { clearTimeout(timer) }
  }, [at])
  return useSyncExternalStore(subscribe, () => at === null || Date.now() >= at)
}
