import { useEffect, useId, useState, type KeyboardEvent, type ReactNode } from 'react'
import { NARROW, useMedia } from '../hooks/use-media.ts'
import './tabs.css'

export interface Tab<T extends string> { id: T, label: string, panel: ReactNode }

/**
 * Tabs of a dialog: arrows move between them, the panel follows. The shown tab has the focus when the dialog opens.
 * `isTall` puts many of them at the side, where there is room.
 */
export function Tabs<T extends string> ({ label, tabs, first, isTall = false }: { label: string, tabs: readonly Tab<T>[], first: T, isTall?: boolean }) {
  const id = useId()
  const isVertical = !useMedia(NARROW) && isTall
  const [chosen, setChosen] = useState<T>(first)
  const shown = tabs.find((tab) => tab.id === chosen) ?? tabs[0]
  const shownId = shown?.id
  useEffect(() => { document.getElementById(`${id}-${shownId ?? ''}`)?.scrollIntoView({ block: 'nearest', inline: 'center' }) }, [id, shownId, isVertical])
  if (shown === undefined) return null

  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const at = tabs.indexOf(shown)
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: tabs.length - 1 }[event.key]
    const next = to === undefined ? undefined : tabs[(to + tabs.length) % tabs.length]
    if (next === undefined) return
    event.preventDefault()
    setChosen(next.id)
    document.getElementById(`${id}-${next.id}`)?.focus()
  }

  return (
    <div className={isTall ? 'tabbed tabbed-tall' : 'tabbed'}>
      {/* eslint-disable-next-line jsx-a11y/interactive-supports-focus -- focus is on the tabs inside */}
      <div className="tabs" role="tablist" aria-label={label} aria-orientation={isVertical ? 'vertical' : 'horizontal'} onKeyDown={onKeyDown}>
        {tabs.map((tab) => (
          <button
            key={tab.id} id={`${id}-${tab.id}`} type="button" role="tab" aria-selected={tab === shown} aria-controls={`${id}-panel`}
            tabIndex={tab === shown ? 0 : -1} onClick={() => setChosen(tab.id)} data-autofocus={tab === shown ? '' : undefined}
          >
            {tab.label}
          </button>
        ))}
      </div>
      <div className="tab-panel" id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-${shown.id}`} key={shown.id}>{shown.panel}</div>
    </div>
  )
}
