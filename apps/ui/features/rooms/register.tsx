import { command, commandSources } from '../../registries/commands.ts'

commandSources.add({
  id: 'rooms', place: 10,
  list: ({ client, ui: { navigation }, words }) => (client.rooms.value ?? []).map(({ tag, name, nameMark }) => ({
    ...command(`room-${tag}`, words.names.marked(name === '' ? words.names.unnamedRoom : name, nameMark), () => navigation.go({ page: 'room', tag })), kind: 'room'
  }))
})
