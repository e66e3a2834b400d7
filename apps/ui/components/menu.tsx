import { Fragment, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { Check, ChevronLeft, ChevronRight } from 'lucide-react'
import { IconButton } from './button.tsx'
import { anchorAt, Popover, type Anchor } from './popover.tsx'

export interface MenuItem {
  id: string
  label: string
  /** A few words more, under the label. */
  hint?: string
  icon?: ReactNode
  isDanger?: boolean
  /** Present on items of which one is chosen. */
  isChecked?: boolean
  /** A line stands above it. */
  startsGroup?: boolean
  /** Leads to more items in place of these. */
  items?: readonly MenuItem[]
  perform?: () => void
}

interface MenuProps { label: string, items: readonly MenuItem[], anchor: Anchor, onClose: () => void }

/** Commands on one thing. Arrows move, → and ← enter and leave what is behind an item, a letter jumps (ARIA menu pattern). */
export function Menu ({ label, items, anchor, onClose }: MenuProps) {
  const [openId, setOpenId] = useState<string | null>(null)
  const list = useRef<HTMLDivElement>(null)
  const parent = items.find((item) => item.id === openId)
  const shown = parent?.items ?? items
  const wasOpened = useRef<string | null>(null)
  useLayoutEffect(() => {
    const entries = [...list.current?.querySelectorAll<HTMLElement>('.menu-item') ?? []]
    const chosen = entries.find((entry) => entry.getAttribute('aria-checked') === 'true')
    const back = entries.find((entry) => entry.dataset['id'] === wasOpened.current)
    const first = entries[openId === null ? 0 : 1]
    const wanted = openId === null ? back ?? first : chosen ?? first
    wasOpened.current = openId
    wanted?.focus({ preventScroll: true })
  }, [openId])

  const choose = (item: MenuItem): void => {
    if (item.items !== undefined) {
      setOpenId(item.id)
      return
    }
    onClose()
    item.perform?.()
  }
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const entries = [...event.currentTarget.querySelectorAll<HTMLElement>('.menu-item')]
    const at = entries.findIndex((entry) => entry === document.activeElement)
    const focusedItem = shown.find((item) => item.id === entries[at]?.dataset['id'])
    const moves: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 }
    const to = moves[event.key]
    if (to !== undefined) entries[(to + entries.length) % entries.length]?.focus()
    else if (event.key === 'ArrowRight' && focusedItem?.items !== undefined) setOpenId(focusedItem.id)
    else if (event.key === 'ArrowLeft' && openId !== null) setOpenId(null)
    else if (/^\p{L}$/u.test(event.key) && !event.ctrlKey && !event.metaKey) {
      const rest = [...entries.slice(at + 1), ...entries.slice(0, at + 1)]
      rest.find((entry) => entry.textContent.toLowerCase().startsWith(event.key.toLowerCase()))?.focus()
    } else return
    event.preventDefault()
  }

  return (
    <Popover anchor={anchor} label={label} role="menu" className="menu" onClose={onClose}>
      <div ref={list} onKeyDown={onKeyDown} role="presentation">
        {parent !== undefined && (
          <button type="button" role="menuitem" tabIndex={-1} className="menu-item" onClick={() => setOpenId(null)}>
            <ChevronLeft size={16} aria-hidden /><span className="menu-label">{parent.label}</span>
          </button>
        )}
        {parent !== undefined && <div className="menu-rule" role="separator" />}
        {shown.map((item) => (
          <Fragment key={item.id}>
            {item.startsGroup === true && <div className="menu-rule" role="separator" />}
            <button
              type="button" role={item.isChecked === undefined ? 'menuitem' : 'menuitemradio'} aria-checked={item.isChecked} tabIndex={-1} data-id={item.id}
              aria-haspopup={item.items === undefined ? undefined : 'menu'} {...(item.hint === undefined ? {} : { 'aria-label': item.label, 'aria-description': item.hint })} className={`menu-item ${item.isDanger === true ? 'menu-danger' : ''}`} onClick={() => choose(item)}
            >
              {item.icon}
              <span className="menu-label">{item.label}{item.hint !== undefined && <span className="menu-hint">{item.hint}</span>}</span>
              {item.items !== undefined && <ChevronRight size={16} aria-hidden />}
              {item.isChecked === true && <Check size={16} aria-hidden />}
            </button>
          </Fragment>
        ))}
      </div>
    </Popover>
  )
}

/** A button that opens a menu; `label` is its name and its tooltip. */
export function MenuButton ({ label, icon, items, className }: { label: string, icon: ReactNode, items: readonly MenuItem[], className?: string }) {
  const [anchor, setAnchor] = useState<Anchor | null>(null)
  return (
    <>
      <IconButton
        label={label} icon={icon} aria-haspopup="menu" aria-expanded={anchor !== null} {...(className === undefined ? {} : { className })}
        onClick={(event) => setAnchor(anchor === null ? anchorAt(event.currentTarget) : null)}
      />
      {anchor !== null && <Menu label={label} items={items} anchor={anchor} onClose={() => setAnchor(null)} />}
    </>
  )
}
