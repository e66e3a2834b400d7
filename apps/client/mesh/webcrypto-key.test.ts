import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { Uint8ArrayList } from 'uint8arraylist'
import { describe, expect, it } from 'vitest'
import { toDeviceKey, toPeerId } from '#shared/wire/peer-id.ts'
import { createWebCryptoKey } from './webcrypto-key.ts'

describe('the device key in libp2p', () => {
  it('signs what its public half accepts, and cannot be read', async () => {
    const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
    const key = await createWebCryptoKey(pair)
    for (const message of [Uint8Array.of(1, 2, 3), new Uint8ArrayList(Uint8Array.of(1), Uint8Array.of(2, 3))]) {
      const signature = await key.sign(message)
      expect(await key.publicKey.verify(Uint8Array.of(1, 2, 3), signature)).toBe(true)
      expect(await key.publicKey.verify(Uint8Array.of(1, 2, 4), signature)).toBe(false)
    }
    expect(() => key.raw).toThrow('never leaves WebCrypto')
  })

  it('is the PeerId that its device key names', async () => {
    const key = await createWebCryptoKey(await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']))
    const peer = peerIdFromPrivateKey(key)
    const device = toDeviceKey(peer)
    expect(device).toMatch(/^[0-9a-f]{64}$/)
    expect(device !== null && toPeerId(device).equals(peer)).toBe(true)
  })
})
