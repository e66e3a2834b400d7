import { settingsTabs } from '../../registries/settings-tabs.ts'
import { DevicesTab } from './devices-tab.tsx'

declare module '../../state/dialogs.ts' {
  interface SettingsTabs { devices: true }
}

settingsTabs.add(
  { id: 'devices', place: 60, label: ({ settings }) => settings.devices, draw: () => <DevicesTab /> }
)
