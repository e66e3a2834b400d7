import { later } from '../../components/later.tsx'
import { command, commandSources } from '../../registries/commands.ts'
import { dialogs } from '../../registries/dialogs.ts'

const RoomSettingsDialog = later(async () => (await import('./room-settings-dialog.tsx')).RoomSettingsDialog)

declare module '../../state/dialogs.ts' {
  interface DialogSubjects { 'room-settings': undefined }
}

dialogs.add({ id: 'room-settings', fetch: RoomSettingsDialog.fetch, draw: ({ room }) => room === null ? null : <RoomSettingsDialog key={room.tag} room={room} /> })
commandSources.add({
  id: 'room-settings', place: 80,
  list: ({ ui, words, room }) => room === null ? [] : [command('room-settings', words.roomSettings.title, () => ui.dialogs.show('room-settings'))]
})
