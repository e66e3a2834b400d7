import type { Account } from '#client'
import { Dialog } from '../../components/dialog.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { settingsTabs } from '../../registries/settings-tabs.ts'
import { useUi, useWords } from '../../state/app-context.ts'
import type { SettingsTab } from '../../state/dialogs.ts'
import './settings.css'

// Each feature brings its own tabs; they come with this dialog, not with the first page.
import.meta.glob('../*/settings-tabs.tsx', { eager: true })

export function SettingsDialog ({ account, tab = 'profile' }: { account: Account, tab?: SettingsTab }) {
  const words = useWords()
  const { dialogs } = useUi()
  return (
    <Dialog title={words.settings.title} shape="settings" onClose={() => dialogs.close()}>
      <Tabs label={words.settings.title} first={tab} isTall tabs={settingsTabs.all().map(({ id, label, draw }) => ({ id, label: label(words), panel: draw(account) }))} />
    </Dialog>
  )
}
