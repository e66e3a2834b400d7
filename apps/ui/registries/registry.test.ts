import { expect, test } from 'vitest'
import { createRegistry } from './registry.ts'

test('what features add stands in order of place, whichever was loaded first', () => {
  const registry = createRegistry()
  registry.add({ id: 'last', place: 30 }, { id: 'first', place: 10 })
  registry.add({ id: 'b', place: 20 }, { id: 'a', place: 20 })
  expect(registry.all().map(({ id }) => id)).toEqual(['first', 'a', 'b', 'last'])
})

test('two features that take one id are told apart at once', () => {
  const registry = createRegistry()
  registry.add({ id: 'settings', place: 0 })
  expect(() => registry.add({ id: 'settings', place: 10 })).toThrow('"settings" is registered twice')
  expect(registry.get('settings')).toEqual({ id: 'settings', place: 0 })
})
