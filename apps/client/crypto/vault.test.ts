import { describe, expect, test } from 'vitest'
import { toHex } from '#shared/ids.ts'
import type { Keychain } from '../platform.ts'
import { openVault, type StoredVaultKey, type Vault } from './vault.ts'

/** A keychain as small as one can be: it remembers what it sealed, and hands out views as Electron's bridge does. */
function createKeychain (): Keychain & { kept: Map<string, Uint8Array> } {
  const kept = new Map<string, Uint8Array>()
  return {
    strength: 'os',
    kept,
    seal: (secret) => {
      const handle = crypto.getRandomValues(new Uint8Array(8))
      kept.set(toHex(handle), secret.slice())
      return Promise.resolve(handle)
    },
    open: (sealed) => {
      const secret = kept.get(toHex(sealed))
      return secret === undefined ? Promise.reject(new Error('the keychain was reset')) : Promise.resolve(new Uint8Array([0, ...secret, 0]).subarray(1, 33))
    }
  }
}

async function openAgain (keychain: Keychain | null): Promise<{ vault: Vault, again: Vault, stored: StoredVaultKey }> {
  const saved: StoredVaultKey[] = []
  const save = (key: StoredVaultKey): Promise<void> => {
    saved.push(key)
    return Promise.resolve()
  }
  const vault = await openVault(null, keychain, save)
  const stored = saved[0]!
  const again = await openVault(stored, keychain, save)
  expect(saved.length).toBe(1)
  return { vault, again, stored }
}

const record = new TextEncoder().encode('the name of the room')

describe.each([['in a browser', false], ['with a keychain', true]])('a vault %s', (_, hasKeychain) => {
  const open = async (): ReturnType<typeof openAgain> => await openAgain(hasKeychain ? createKeychain() : null)

  test('opens its records again after a restart', async () => {
    const { vault, again } = await open()
    expect(await again.open('rooms/1', await vault.seal('rooms/1', record))).toEqual(record)
  })

  test('notices a record that was put in another\'s place', async () => {
    const { vault } = await open()
    const sealed = await vault.seal('rooms/1', record)
    await expect(vault.open('rooms/2', sealed)).rejects.toThrow()
    await expect(vault.open('rooms/', sealed)).rejects.toThrow()
  })

  test('notices a record that was changed, cut or sealed by another vault', async () => {
    const { vault } = await open()
    const sealed = await vault.seal('rooms/1', record)
    for (let i = 0; i < sealed.length; i++) await expect(vault.open('rooms/1', sealed.map((byte, at) => at === i ? byte ^ 1 : byte))).rejects.toThrow()
    for (const length of [0, 5, 12, 20, sealed.length - 1]) await expect(vault.open('rooms/1', sealed.slice(0, length))).rejects.toThrow()
    await expect((await open()).vault.open('rooms/1', sealed)).rejects.toThrow()
  })

  test('seals the same record differently each time', async () => {
    const { vault } = await open()
    expect(await vault.seal('rooms/1', record)).not.toEqual(await vault.seal('rooms/1', record))
  })
})

test('in a browser the key rests as one that cannot be read out', async () => {
  const { stored } = await openAgain(null)
  expect(stored.kind).toBe('webcrypto')
  if (stored.kind !== 'webcrypto') return
  expect(stored.key.extractable).toBe(false)
  await expect(crypto.subtle.exportKey('raw', stored.key)).rejects.toThrow()
})

test('with a keychain only what the keychain sealed is stored', async () => {
  const keychain = createKeychain()
  const { stored } = await openAgain(keychain)
  expect(stored).toEqual({ kind: 'keychain', sealed: expect.any(Uint8Array) })
  const [secret] = [...keychain.kept.values()]
  expect(secret?.length).toBe(32)
  if (stored.kind === 'keychain') expect(toHex(stored.sealed)).not.toContain(toHex(secret!))
})

test('a profile whose keychain is gone or was reset does not open, and makes no new key over the old', async () => {
  const { stored } = await openAgain(createKeychain())
  const save = (): Promise<void> => Promise.reject(new Error('must not be called'))
  await expect(openVault(stored, null, save)).rejects.toThrow('keychain')
  await expect(openVault(stored, createKeychain(), save)).rejects.toThrow('the keychain was reset')
})

test('a vault whose key could not be stored does not open: nothing is sealed that cannot be read tomorrow', async () => {
  const save = (): Promise<void> => Promise.reject(new Error('the disk is full'))
  await expect(openVault(null, null, save)).rejects.toThrow('the disk is full')
  await expect(openVault(null, createKeychain(), save)).rejects.toThrow('the disk is full')
})
