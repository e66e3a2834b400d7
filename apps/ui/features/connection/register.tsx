import { command, commandSources } from '../../registries/commands.ts'
import { dialogs } from '../../registries/dialogs.ts'
import { ConnectionPanel } from './connection-panel.tsx'

declare module '../../state/dialogs.ts' {
  interface DialogSubjects { connection: undefined }
}

dialogs.add({ id: 'connection', draw: ({ room }) => <ConnectionPanel room={room} /> })
commandSources.add({ id: 'connection', place: 100, list: ({ ui, words }) => [command('connection', words.connection.title, () => ui.dialogs.show('connection'))] })
