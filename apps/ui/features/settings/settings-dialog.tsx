import { useState, type KeyboardEvent, type ReactNode } from 'react'
import type { Account } from '#client'
import { Dialog } from '../../components/dialog.tsx'
import { useUi, useWords } from '../../state/app-context.ts'
import type { SettingsTab } from '../../state/dialogs.ts'
import { AboutTab } from './about-tab.tsx'
import { AccountTab } from './account-tab.tsx'
import { AppearanceTab } from './appearance-tab.tsx'
import { ProfileTab } from './profile-tab.tsx'
import './settings.css'

const TABS = ['profile', 'appearance', 'account', 'about'] as const satisfies readonly SettingsTab[]

export function SettingsDialog ({ account, tab = 'profile' }: { account: Account, tab?: SettingsTab }) {
  const words = useWords().settings
  const { dialogs } = useUi()
  const [shown, setShown] = useState<SettingsTab>(tab)

  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const at = TABS.indexOf(shown)
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
    const next = step === undefined ? undefined : TABS[(at + step + TABS.length) % TABS.length]
    if (next === undefined) return
    event.preventDefault()
    setShown(next)
    document.getElementById(`settings-tab-${next}`)?.focus()
  }

  const panels: Record<SettingsTab, ReactNode> = {
    profile: <ProfileTab account={account} />,
    appearance: <AppearanceTab />,
    account: <AccountTab account={account} />,
    about: <AboutTab />
  }
  return (
    <Dialog title={words.title} shape="wide" onClose={() => dialogs.close()}>
      <div className="settings">
        {/* eslint-disable-next-line jsx-a11y/interactive-supports-focus -- focus is on the tabs inside */}
        <div className="tabs" role="tablist" aria-label={words.title} onKeyDown={onKeyDown}>
          {TABS.map((one) => (
            <button
              key={one} id={`settings-tab-${one}`} type="button" role="tab" aria-selected={one === shown} aria-controls="settings-panel"
              tabIndex={one === shown ? 0 : -1} onClick={() => setShown(one)} data-autofocus={one === shown ? '' : undefined}
            >
              {words[one]}
            </button>
          ))}
        </div>
        <div className="settings-panel" id="settings-panel" role="tabpanel" aria-labelledby={`settings-tab-${shown}`}>{panels[shown]}</div>
      </div>
    </Dialog>
  )
}
