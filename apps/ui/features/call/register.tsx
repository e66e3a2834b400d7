import { later } from '../../components/later.tsx'
import { commandSources } from '../../registries/commands.ts'
import { dialogs } from '../../registries/dialogs.ts'
import { listCallCommands } from './call-commands.ts'

const CallPreviewDialog = later(async () => (await import('./call-preview-dialog.tsx')).CallPreviewDialog)

declare module '../../state/dialogs.ts' {
  interface DialogSubjects { 'call-preview': undefined }
}

dialogs.add({ id: 'call-preview', draw: ({ room, calls }) => room === null || calls === null ? null : <CallPreviewDialog key={room.tag} room={room} calls={calls} /> })
commandSources.add({ id: 'call', place: 30, list: listCallCommands })
