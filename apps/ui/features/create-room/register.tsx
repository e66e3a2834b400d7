import { command, commandSources } from '../../registries/commands.ts'
import { dialogs } from '../../registries/dialogs.ts'
import { CreatePartyDialog } from './create-party-dialog.tsx'
import { CreateRoomDialog } from './create-room-dialog.tsx'

declare module '../../state/dialogs.ts' {
  interface DialogSubjects { 'create-room': undefined, 'create-party': undefined }
}

dialogs.add({ id: 'create-room', draw: () => <CreateRoomDialog /> })
dialogs.add({ id: 'create-party', draw: ({ room }) => room === null ? null : <CreatePartyDialog room={room} /> })

commandSources.add({
  id: 'create-room', place: 40,
  list: ({ ui, words }) => [command('create-room', words.home.createRoom, () => ui.dialogs.show('create-room'))]
}, {
  id: 'create-party', place: 60,
  list: ({ ui, words, room }) => (room?.parties.create.value ?? null) === null ? [] : [command('create-party', words.party.create, () => ui.dialogs.show('create-party'))]
})
