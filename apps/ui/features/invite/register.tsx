import { later } from '../../components/later.tsx'
import { command, commandSources } from '../../registries/commands.ts'
import { dialogs } from '../../registries/dialogs.ts'

const InviteDialog = later(async () => (await import('./invite-dialog.tsx')).InviteDialog)

declare module '../../state/dialogs.ts' {
  interface DialogSubjects { invite: undefined }
}

dialogs.add({ id: 'invite', fetch: InviteDialog.fetch, draw: ({ room }) => room === null ? null : <InviteDialog key={room.tag} room={room} /> })
commandSources.add({
  id: 'invite', place: 70,
  list: ({ ui, words, room }) => (room?.entry.invite.value ?? null) === null ? [] : [command('invite', words.invite.title, () => ui.dialogs.show('invite'))]
})
