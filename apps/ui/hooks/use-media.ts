import { useCallback, useSyncExternalStore } from 'react'

/** The widths at which the layout changes, in CSS pixels; the style sheets use the same two numbers. */
export const WIDE = '(min-width: 1000px)'
export const NARROW = '(max-width: 699.98px)'
/** A phone held upright: what has a short form takes it. */
export const TINY = '(max-width: 479.98px)'

/** Whether a media query matches now. */
export function useMedia (query: string): boolean {
  const subscribe = useCallback((onChange: () => void) => {
    const list = window.matchMedia(query)
    list.addEventListener('change', onChange)
    return () => { list.removeEventListener('change', onChange) }
  }, [query])
  return useSyncExternalStore(subscribe, () => window.matchMedia(query).matches)
}
