import { roomSettingsTabs } from '../../registries/room-settings-tabs.ts'
import { AccessTab } from './access-tab.tsx'
import { GeneralTab } from './general-tab.tsx'
import { HistoryTab } from './history-tab.tsx'
import { ModerationTab } from './moderation-tab.tsx'

roomSettingsTabs.add(
  { id: 'general', place: 10, isForDirect: true, label: ({ roomSettings }) => roomSettings.general, draw: (room) => <GeneralTab room={room} /> },
  { id: 'access', place: 20, isForDirect: false, label: ({ roomSettings }) => roomSettings.access, draw: (room) => <AccessTab room={room} /> },
  { id: 'history', place: 30, isForDirect: true, label: ({ roomSettings }) => roomSettings.history, draw: (room) => <HistoryTab room={room} /> },
  { id: 'moderation', place: 40, isForDirect: false, label: ({ roomSettings }) => roomSettings.moderation, draw: (room) => <ModerationTab room={room} /> }
)
