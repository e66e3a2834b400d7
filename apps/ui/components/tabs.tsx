import { useId, useState, type KeyboardEvent, type ReactNode } from 'react'
import './tabs.css'

export interface Tab<T extends string> { id: T, label: string, panel: ReactNode }

/** Tabs of a dialog: arrows move between them, the panel follows. The shown tab has the focus when the dialog opens. */
export function Tabs<T extends string> ({ label, tabs, first }: { label: string, tabs: readonly Tab<T>[], first: T }) {
  const id = useId()
  const [chosen, setChosen] = useState<T>(first)
  const shown = tabs.find((tab) => tab.id === chosen) ?? tabs[0]
  if (shown === undefined) return null

  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const at = tabs.indexOf(shown)
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
    const next = step === undefined ? undefined : tabs[(at + step + tabs.length) % tabs.length]
    if (next === undefined) return
    event.preventDefault()
    setChosen(next.id)
    document.getElementById(`${id}-${next.id}`)?.focus()
  }

  return (
    <div className="tabbed">
      {/* eslint-disable-next-line jsx-a11y/interactive-supports-focus -- focus is on the tabs inside */}
      <div className="tabs" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
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
