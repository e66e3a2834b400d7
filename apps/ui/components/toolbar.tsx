import { useLayoutEffect, useRef, type KeyboardEvent, type ReactNode } from 'react'

/** A row of buttons that is one stop of the Tab key; arrows, Home and End move inside (ARIA toolbar pattern). Takes what its parent draws. */
export function Toolbar ({ label, className = '', children }: { label: string, className?: string, children: ReactNode }) {
  const ref = useRef<HTMLDivElement>(null)
  const stop = useRef<HTMLButtonElement | null>(null)
  // Runs after each drawing: a button that came later must not be a second stop, and one that has gone cannot be the only one.
  useLayoutEffect(() => {
    if (ref.current === null) return
    const all = buttonsOf(ref.current)
    const chosen = stop.current !== null && all.includes(stop.current) ? stop.current : all[0]
    for (const button of all) button.tabIndex = button === chosen ? 0 : -1
  })
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const all = buttonsOf(event.currentTarget)
    const at = all.findIndex((button) => button === event.target)
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key]
    if (at === -1 || to === undefined) return
    event.preventDefault()
    all[(to + all.length) % all.length]?.focus()
  }
  return (
    <div
      ref={ref} role="toolbar" aria-label={label} tabIndex={-1} className={className} onKeyDown={onKeyDown}
      onFocus={(event) => {
        // Compared rather than asked for its class: in a window of its own the same class is another one.
        const all = buttonsOf(event.currentTarget)
        const focused = all.find((button) => (button as EventTarget) === event.target)
        if (focused === undefined) return
        stop.current = focused
        for (const button of all) button.tabIndex = button === focused ? 0 : -1
      }}
    >
      {children}
    </div>
  )
}

/** The buttons of the row itself: those in a menu that hangs from it have keys of their own. */
const buttonsOf = (row: HTMLElement): HTMLButtonElement[] => [...row.querySelectorAll<HTMLButtonElement>(':scope > button')]
