import { settingsTabs } from '../../registries/settings-tabs.ts'
import { RecoveryTab } from './recovery-tab.tsx'

declare module '../../state/dialogs.ts' {
  interface SettingsTabs { recovery: true }
}

settingsTabs.add(
  { id: 'recovery', place: 70, label: ({ settings }) => settings.recovery, draw: () => <RecoveryTab /> }
)
