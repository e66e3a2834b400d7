import type { Room } from '#client'
import { Dialog } from '../../components/dialog.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { roomSettingsTabs } from '../../registries/room-settings-tabs.ts'
import { useUi, useWords } from '../../state/app-context.ts'
import './room-settings.css'

// Each feature brings its own tabs; they come with this dialog, not with the first page.
import.meta.glob('../*/room-settings-tabs.tsx', { eager: true })

/** What a room is called, who gets in, what is kept and how it is kept in order. Read-only for those who may not change it. */
export function RoomSettingsDialog ({ room }: { room: Room }) {
  const words = useWords()
  const { dialogs } = useUi()
  const { kind } = useSignal(room.summary)
  const shown = roomSettingsTabs.all().filter(({ isForDirect }) => isForDirect || kind !== 'direct')
  return (
    <Dialog title={words.roomSettings.title} shape="wide" onClose={() => dialogs.close()}>
      <Tabs label={words.roomSettings.title} first="general" tabs={shown.map(({ id, label, draw }) => ({ id, label: label(words), panel: draw(room) }))} />
    </Dialog>
  )
}
