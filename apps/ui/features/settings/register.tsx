import { later } from '../../components/later.tsx'
import type { SettingsTab } from '../../state/dialogs.ts'
import { command, commandSources, type Command, type CommandContext } from '../../registries/commands.ts'
import { dialogs } from '../../registries/dialogs.ts'

const SettingsDialog = later(async () => (await import('./settings-dialog.tsx')).SettingsDialog)
const ImportDialog = later(async () => (await import('./import-dialog.tsx')).ImportDialog)

declare module '../../state/dialogs.ts' {
  interface DialogSubjects { settings: { tab: SettingsTab } | undefined, import: undefined }
}

dialogs.add({ id: 'settings', fetch: SettingsDialog.fetch, draw: ({ account }, subject) => <SettingsDialog account={account} {...subject} /> })
dialogs.add({ id: 'import', draw: () => <ImportDialog /> })

const themes = ({ ui: { preferences }, words }: CommandContext): Command[] =>
  ([['light', words.settings.themeLight], ['dark', words.settings.themeDark], ['system', words.settings.themeSystem]] as const).map(([theme, label]) =>
    command(`theme-${theme}`, words.palette.themeTo(label), () => preferences.change({ theme }), { isEnabled: preferences.current.value.theme !== theme }))

commandSources.add({
  id: 'settings', place: 120,
  list: (context) => [
    command('settings', context.words.settings.title, () => context.ui.dialogs.show('settings')),
    ...themes(context),
    // It leads to the question, never past it.
    command('sign-out', context.words.settings.signOut, () => context.ui.dialogs.show('settings', { tab: 'account' }))
  ]
})
