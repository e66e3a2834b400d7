import { beforeEach, describe, expect, test, vi } from 'vitest'
import { safeStorage } from '../testing/electron.ts'
import { keychainStrength, open, seal } from './keychain.ts'

vi.mock('electron', () => import('../testing/electron.ts'))

beforeEach(() => Object.assign(safeStorage, { backend: 'gnome_libsecret', isAvailable: true, plainTextAllowed: false }))

describe('the keychain', () => {
  test('opens what it sealed, whatever the bytes', () => {
    const secret = Uint8Array.from({ length: 32 }, (_, i) => i * 8)
    const sealed = seal(secret)
    expect(sealed).not.toEqual(secret)
    expect(open(sealed)).toEqual(secret)
  })

  test('throws on what it did not seal', () => {
    expect(() => open(Uint8Array.of(1, 2, 3))).toThrow(/decrypt/)
  })

  test.each(['gnome_libsecret', 'kwallet6'])('on Linux %s is a real one', (backend) => {
    safeStorage.backend = backend
    expect(keychainStrength('linux')).toBe('os')
    expect(safeStorage.plainTextAllowed).toBe(false)
  })

  test('a Linux without one is told as basic-text, and sealing works all the same', () => {
    safeStorage.backend = 'basic_text'
    expect(keychainStrength('linux')).toBe('basic-text')
    expect(safeStorage.isEncryptionAvailable()).toBe(true)
  })

  test('is none where nobody knows, and none where the system refuses', () => {
    safeStorage.backend = 'unknown'
    expect(keychainStrength('linux')).toBeNull()
    safeStorage.isAvailable = false
    expect(keychainStrength('darwin')).toBeNull()
    expect(keychainStrength('win32')).toBeNull()
  })

  test('the Linux question is not asked elsewhere', () => {
    safeStorage.backend = 'basic_text'
    safeStorage.plainTextAllowed = true
    expect(keychainStrength('darwin')).toBe('os')
  })
})
