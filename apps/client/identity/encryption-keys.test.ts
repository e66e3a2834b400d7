import { expect, it } from 'vitest'
import { createEncryptionKey, unwrapFor, wrapFor } from '../crypto/index.ts'
import { ENCRYPTION_KEY_MAX_AGE_MS, loadEncryptionKeys, REPLACED_KEY_KEPT_MS, type EncryptionKeys } from './encryption-keys.ts'

const START = 1_790_000_000_000
const MONTH = ENCRYPTION_KEY_MAX_AGE_MS + 1
const first = await createEncryptionKey()

/** A disk and the device that starts on it again and again. */
function createDisk (): { start: () => Promise<EncryptionKeys>, isBroken: boolean } {
  const stored = new Map<string, unknown>()
  const disk = {
    isBroken: false,
    start: async () => await loadEncryptionKeys({
      loadKey: (name) => Promise.resolve(stored.get(name) ?? null),
      saveKey: (name, value) => {
        if (disk.isBroken) return Promise.reject(new Error('no space'))
        stored.set(name, structuredClone(value))
        return Promise.resolve()
      }
    }, first)
  }
  return disk
}

const secret = new Uint8Array(32).fill(7)
async function opens (keys: EncryptionKeys, publicKey: Uint8Array<ArrayBuffer>): Promise<boolean> {
  const { ephemeral, wraps } = await wrapFor([publicKey], secret, 'epoch/1')
  return await unwrapFor(keys.all(), ephemeral, wraps[0]!, 'epoch/1').then(() => true, () => false)
}

it('is the first one for a month, then another, and that one after a restart too', async () => {
  const disk = createDisk()
  const keys = await disk.start()
  const before = keys.newest.value
  await keys.renew(START)
  await keys.renew(START + MONTH - 1)
  expect(keys.newest.value).toEqual(before)
  await keys.renew(START + MONTH)
  const after = keys.newest.value
  expect(after).not.toEqual(before)
  expect((await disk.start()).newest.value).toEqual(after)
  await keys.renew(START + MONTH + 1)
  expect(keys.newest.value).toEqual(after)
})

it('opens what was wrapped for one that was replaced until nobody can be expected to know no better; the first stays', async () => {
  const keys = await createDisk().start()
  const original = keys.newest.value
  await keys.renew(START)
  await keys.renew(START + MONTH)
  const second = keys.newest.value
  const replacedAt = START + 2 * MONTH
  await keys.renew(replacedAt)
  expect([await opens(keys, original), await opens(keys, second), await opens(keys, keys.newest.value)]).toEqual([true, true, true])
  await keys.renew(replacedAt + REPLACED_KEY_KEPT_MS)
  expect(await opens(keys, second)).toBe(true)
  await keys.renew(replacedAt + REPLACED_KEY_KEPT_MS + 1)
  expect([await opens(keys, original), await opens(keys, second), await opens(keys, keys.newest.value)]).toEqual([true, false, true])
})

it('that could not be stored is nobody\'s: others are not told of a key that is gone tomorrow', async () => {
  const disk = createDisk()
  const keys = await disk.start()
  const before = keys.newest.value
  await keys.renew(START)
  disk.isBroken = true
  await expect(keys.renew(START + MONTH)).rejects.toThrow('no space')
  expect(keys.newest.value).toEqual(before)
  expect(keys.all()).toEqual([first])
})

it('cannot be read out', async () => {
  const keys = await createDisk().start()
  await keys.renew(START)
  await keys.renew(START + MONTH)
  for (const { privateKey } of keys.all()) expect(privateKey.extractable).toBe(false)
  expect(keys.all().length).toBe(2)
})
