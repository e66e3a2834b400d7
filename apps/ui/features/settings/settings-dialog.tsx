import type { ReactNode } from 'react'
import type { Account } from '#client'
import { Dialog } from '../../components/dialog.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { useUi, useWords } from '../../state/app-context.ts'
import type { SettingsTab } from '../../state/dialogs.ts'
import { DevicesTab } from '../devices/devices-tab.tsx'
import { RecoveryTab } from '../recovery/recovery-tab.tsx'
import { AboutTab } from './about-tab.tsx'
import { AccountTab } from './account-tab.tsx'
import { AppearanceTab } from './appearance-tab.tsx'
import { CallsTab } from './calls-tab.tsx'
import { ExportTab } from './export-tab.tsx'
import { NotificationsTab } from './notifications-tab.tsx'
import { PrivacyTab } from './privacy-tab.tsx'
import { ProfileTab } from './profile-tab.tsx'
import { StorageTab } from './storage-tab.tsx'
import './settings.css'

const TABS = ['profile', 'appearance', 'notifications', 'privacy', 'calls', 'devices', 'recovery', 'export', 'storage', 'account', 'about'] as const satisfies readonly SettingsTab[]

export function SettingsDialog ({ account, tab = 'profile' }: { account: Account, tab?: SettingsTab }) {
  const words = useWords().settings
  const { dialogs } = useUi()
  const panels: Record<SettingsTab, ReactNode> = {
    profile: <ProfileTab account={account} />,
    appearance: <AppearanceTab />,
    notifications: <NotificationsTab />,
    privacy: <PrivacyTab />,
    calls: <CallsTab />,
    devices: <DevicesTab />,
    recovery: <RecoveryTab />,
    export: <ExportTab />,
    storage: <StorageTab />,
    account: <AccountTab account={account} />,
    about: <AboutTab />
  }
  return (
    <Dialog title={words.title} shape="settings" onClose={() => dialogs.close()}>
      <Tabs label={words.title} first={tab} isTall tabs={TABS.map((id) => ({ id, label: words[id], panel: panels[id] }))} />
    </Dialog>
  )
}
