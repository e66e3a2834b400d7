import { useEffect, useLayoutEffect, useRef, type ReactNode } from 'react'
import { focusAgain } from './focus-again.ts'
import './popover.css'

/** Where something opens: beside a box of the viewport, and what gets the focus back. */
export interface Anchor {
  element: HTMLElement | null
  rect: { left: number, top: number, right: number, bottom: number }
}

export const anchorAt = (element: HTMLElement): Anchor => ({ element, rect: element.getBoundingClientRect() })

const GAP_PX = 4
const MARGIN_PX = 8

interface PopoverProps {
  anchor: Anchor
  label: string
  role: 'menu' | 'dialog'
  className?: string
  onClose: () => void
  children: ReactNode
}

/** A box of the top layer beside what opened it: closes on Esc, on a press elsewhere and when the page moves under it; gives the focus back. */
export function Popover ({ anchor, label, role, className = '', onClose, children }: PopoverProps) {
  const ref = useRef<HTMLDivElement>(null)
  const close = useRef(onClose)
  useEffect(() => { close.current = onClose }, [onClose])

  useLayoutEffect(() => {
    const box = ref.current
    if (box === null) return
    box.showPopover()
    place(box, anchor)
    const focused = box.querySelector<HTMLElement>('[data-autofocus]') ?? box
    focused.focus({ preventScroll: true })
    const isInside = (target: EventTarget | null): boolean => target instanceof Node && (box.contains(target) || anchor.element?.contains(target) === true)
    const onPress = (event: Event): void => { if (!isInside(event.target)) close.current() }
    const onScroll = (event: Event): void => { if (event.target instanceof Node && !box.contains(event.target) && anchor.element !== null && event.target.contains(anchor.element)) close.current() }
    const onResize = (): void => { close.current() }
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' && event.key !== 'Tab') return
      if (event.key === 'Tab' && role !== 'menu') return
      // It is this box that closes, not the dialog or the sheet around it.
      event.stopPropagation()
      event.preventDefault()
      close.current()
    }
    const watch = new ResizeObserver(() => { place(box, anchor) })
    watch.observe(box)
    box.addEventListener('keydown', onKey)
    document.addEventListener('pointerdown', onPress, true)
    document.addEventListener('scroll', onScroll, true)
    window.addEventListener('resize', onResize)
    return () => {
      watch.disconnect()
      box.removeEventListener('keydown', onKey)
      document.removeEventListener('pointerdown', onPress, true)
      document.removeEventListener('scroll', onScroll, true)
      window.removeEventListener('resize', onResize)
      const hadFocus = box.contains(document.activeElement)
      if (box.matches(':popover-open')) box.hidePopover()
      if (hadFocus && anchor.element?.isConnected === true) focusAgain(anchor.element)
    }
  }, [anchor, role])

  return <div ref={ref} popover="manual" role={role} aria-label={label} tabIndex={-1} className={`popover ${className}`}>{children}</div>
}

/** Below and to the right end of the anchor; above, or further in, where it would leave the window. */
function place (box: HTMLElement, { rect }: Anchor): void {
  const { offsetWidth: width, offsetHeight: height } = box
  const below = rect.bottom + GAP_PX
  const above = rect.top - GAP_PX - height
  const top = below + height <= window.innerHeight - MARGIN_PX || above < MARGIN_PX ? below : above
  const left = rect.right - rect.left < 2 ? rect.left : rect.right - width
  box.style.top = `${Math.max(MARGIN_PX, Math.min(top, window.innerHeight - MARGIN_PX - height))}px`
  box.style.left = `${Math.max(MARGIN_PX, Math.min(left, window.innerWidth - MARGIN_PX - width))}px`
}
