import type { ReactNode } from 'react'
import type { Room } from '#client'
import { Dialog } from '../../components/dialog.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useUi, useWords } from '../../state/app-context.ts'
import { AccessTab } from './access-tab.tsx'
import { GeneralTab } from './general-tab.tsx'
import { HistoryTab } from './history-tab.tsx'
import { ModerationTab } from './moderation-tab.tsx'
import './room-settings.css'

type TabName = 'general' | 'access' | 'history' | 'moderation'

/** What a room is called, who gets in, what is kept and how it is kept in order. Read-only for those who may not change it. */
export function RoomSettingsDialog ({ room }: { room: Room }) {
  const words = useWords().roomSettings
  const { dialogs } = useUi()
  const { kind } = useSignal(room.summary)
  const panels: Record<TabName, ReactNode> = {
    general: <GeneralTab room={room} />, access: <AccessTab room={room} />, history: <HistoryTab room={room} />, moderation: <ModerationTab room={room} />
  }
  // A conversation of two has no door and nobody above the other.
  const shown: readonly TabName[] = kind === 'direct' ? ['general', 'history'] : ['general', 'access', 'history', 'moderation']
  return (
    <Dialog title={words.title} shape="wide" onClose={() => dialogs.close()}>
      <Tabs<TabName> label={words.title} first="general" tabs={shown.map((id) => ({ id, label: words[id], panel: panels[id] }))} />
    </Dialog>
  )
}
