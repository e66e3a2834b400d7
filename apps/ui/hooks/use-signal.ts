import { useCallback, useSyncExternalStore } from 'react'
import type { ReadonlySignal } from '@preact/signals-core'

/** The current value of a signal; the component renders again when it changes. */
export function useSignal<T> (signal: ReadonlySignal<T>): T {
  const subscribe = useCallback((onChange: () => void) => signal.subscribe(onChange), [signal])
  return useSyncExternalStore(subscribe, () => signal.value)
}
