import { expect, test } from 'vitest'
import { CALL_KEYS, canTalkWith, commandOf, isWriting, keyName } from './call-keys.ts'

const press = (key: string, has: Partial<Parameters<typeof commandOf>[0]> = {}): Parameters<typeof commandOf>[0] =>
  ({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, repeat: false, ...has })

test('a letter does one thing, written large or small', () => {
  expect(commandOf(press('m'))).toBe('mute')
  expect(commandOf(press('V'))).toBe('video')
  expect(commandOf(press('x'))).toBeNull()
  expect(new Set(Object.values(CALL_KEYS)).size).toBe(Object.keys(CALL_KEYS).length)
})

test.each(['ctrlKey', 'metaKey', 'altKey', 'shiftKey', 'repeat'] as const)('with %s it belongs to somebody else', (which) => {
  expect(commandOf(press('m', { [which]: true }))).toBeNull()
})

test('what writes is told from what does not', () => {
  for (const code of ['KeyA', 'Digit1', 'Space', 'Backquote', 'Numpad4', 'IntlBackslash', 'Enter']) expect(isWriting(code), code).toBe(true)
  for (const code of ['F9', 'ControlRight', 'AltLeft', 'ScrollLock', 'Pause', 'Insert']) expect(isWriting(code), code).toBe(false)
})

test('nobody can lock themselves out of the keyboard', () => {
  for (const code of ['Tab', 'Escape', 'Enter', '', 'Unidentified']) expect(canTalkWith(code), code).toBe(false)
  expect(canTalkWith('F9')).toBe(true)
})

test.each([['KeyT', 'T'], ['Backquote', '`'], ['ControlRight', 'Ctrl (Right)'], ['F9', 'F9'], ['Digit5', '5']])('%s is called %s', (code, name) => {
  expect(keyName(code)).toBe(name)
})
