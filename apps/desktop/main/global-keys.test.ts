import { beforeEach, expect, test, vi } from 'vitest'
import { app, globalShortcut } from '../testing/electron.ts'
import { createGlobalKeys } from './global-keys.ts'

vi.mock('electron', () => import('../testing/electron.ts'))

beforeEach(() => {
  globalShortcut.held.clear()
  globalShortcut.taken.clear()
})

test('a key that is held tells of each press, and is let go again', () => {
  const pressed: string[] = []
  const keys = createGlobalKeys((name) => { pressed.push(name) })
  expect(keys.hold(true)).toEqual([])
  globalShortcut.held.get('CommandOrControl+Shift+M')?.()
  globalShortcut.held.get('CommandOrControl+Shift+D')?.()
  expect(pressed).toEqual(['mute', 'deafen'])
  keys.hold(false)
  expect(globalShortcut.held.size).toBe(0)
})

test('a key of another program is named, the others work', () => {
  globalShortcut.taken.add('CommandOrControl+Shift+M')
  expect(createGlobalKeys(() => {}).hold(true)).toEqual(['mute'])
  expect([...globalShortcut.held.keys()]).toEqual(['CommandOrControl+Shift+D'])
})

test('no key is kept after the end', () => {
  createGlobalKeys(() => {}).hold(true)
  app.emit('will-quit')
  expect(globalShortcut.held.size).toBe(0)
})
