import { command, commandSources } from '../../registries/commands.ts'

commandSources.add({
  id: 'members', place: 90,
  list: ({ words, room, onShowMembers }) => room === null ? [] : [command('members', words.members.show, onShowMembers)]
})
