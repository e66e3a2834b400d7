import { command, commandSources } from '../../registries/commands.ts'
import { allPeople } from './people.ts'

commandSources.add({
  id: 'people', place: 20,
  list: ({ client, words, onMessage }) => onMessage === null ? [] : allPeople(client).value.map(({ user, name, nameMark }) => ({
    ...command(`person-${user}`, words.people.messageTo(words.names.marked(name, nameMark)), () => onMessage(user)), kind: 'person'
  }))
}, {
  id: 'home', place: 110,
  list: ({ ui: { navigation }, words, room }) => room === null ? [] : [command('home', words.palette.goHome, () => navigation.go({ page: 'home' }))]
})
