import { settingsTabs } from '../../registries/settings-tabs.ts'
import { AboutTab } from './about-tab.tsx'
import { AccountTab } from './account-tab.tsx'
import { AppearanceTab } from './appearance-tab.tsx'
import { CallsTab } from './calls-tab.tsx'
import { ExportTab } from './export-tab.tsx'
import { NotificationsTab } from './notifications-tab.tsx'
import { PrivacyTab } from './privacy-tab.tsx'
import { ProfileTab } from './profile-tab.tsx'
import { StorageTab } from './storage-tab.tsx'

declare module '../../state/dialogs.ts' {
  interface SettingsTabs { profile: true, appearance: true, notifications: true, privacy: true, calls: true, export: true, storage: true, account: true, about: true }
}

settingsTabs.add(
  { id: 'profile', place: 10, label: ({ settings }) => settings.profile, draw: (account) => <ProfileTab account={account} /> },
  { id: 'appearance', place: 20, label: ({ settings }) => settings.appearance, draw: () => <AppearanceTab /> },
  { id: 'notifications', place: 30, label: ({ settings }) => settings.notifications, draw: () => <NotificationsTab /> },
  { id: 'privacy', place: 40, label: ({ settings }) => settings.privacy, draw: () => <PrivacyTab /> },
  { id: 'calls', place: 50, label: ({ settings }) => settings.calls, draw: () => <CallsTab /> },
  { id: 'export', place: 80, label: ({ settings }) => settings.export, draw: () => <ExportTab /> },
  { id: 'storage', place: 90, label: ({ settings }) => settings.storage, draw: () => <StorageTab /> },
  { id: 'account', place: 100, label: ({ settings }) => settings.account, draw: (account) => <AccountTab account={account} /> },
  { id: 'about', place: 110, label: ({ settings }) => settings.about, draw: () => <AboutTab /> }
)
