import { command, commandSources } from '../../registries/commands.ts'
import { dialogs } from '../../registries/dialogs.ts'
import { JoinDialog } from './join-dialog.tsx'

declare module '../../state/dialogs.ts' {
  interface DialogSubjects { join: undefined }
}

dialogs.add({ id: 'join', draw: ({ account }) => <JoinDialog ownName={account.name} /> })
commandSources.add({ id: 'join', place: 50, list: ({ ui, words }) => [command('join-room', words.home.joinRoom, () => ui.dialogs.show('join'))] })
