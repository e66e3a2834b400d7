/**
 * Seals the vault key with what the operating system gives: Keychain on macOS, DPAPI on Windows, libsecret or KWallet on Linux. On a Linux
 * without a keychain Electron knows only a password that is in its own source: sealing then hides, but does not protect, and says so.
 */
import { safeStorage } from 'electron'

export type KeychainStrength = 'os' | 'basic-text'

/** Null where nothing can be sealed. Call after Electron is ready: before, Linux does not know yet. */
export function keychainStrength (platform: NodeJS.Platform = process.platform): KeychainStrength | null {
  if (platform === 'linux') {
    const backend = safeStorage.getSelectedStorageBackend()
    if (backend === 'unknown') return null
    if (backend === 'basic_text') {
      safeStorage.setUsePlainTextEncryption(true)
      return safeStorage.isEncryptionAvailable() ? 'basic-text' : null
    }
  }
  return safeStorage.isEncryptionAvailable() ? 'os' : null
}

/** @throws {Error} when the keychain is locked or gone. */
export const seal = (secret: Uint8Array): Uint8Array => new Uint8Array(safeStorage.encryptString(Buffer.from(secret).toString('base64')))

/** @throws {Error} when the keychain is locked or gone, or the bytes were sealed by another one. */
export const open = (sealed: Uint8Array): Uint8Array => new Uint8Array(Buffer.from(safeStorage.decryptString(Buffer.from(sealed)), 'base64'))
