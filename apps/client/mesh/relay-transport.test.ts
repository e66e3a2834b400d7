import { describe, expect, it } from 'vitest'
import { createMeshLibp2p } from './libp2p.ts'
import { withoutPastTags } from './relay-transport.ts'

describe('the tag of a reservation', () => {
  it('that seems over by a wrong clock is kept for a while; others stay as they are', async () => {
    const keyPair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
    const { peerStore, peerId } = await createMeshLibp2p({ keyPair, iceServers: [], gater: {}, isHiddenFrom: () => false, mayShakeHands: () => true, nodePeer: () => null })
    const past = { tags: { 'keep-alive-circuit-relay': { value: 1, ttl: -10_000_000 } } }
    await expect(peerStore.merge(peerId, past)).rejects.toThrow()

    const { tags } = await withoutPastTags(peerStore).merge(peerId, past)
    expect(tags.get('keep-alive-circuit-relay')).toMatchObject({ value: 1 })
    expect(await withoutPastTags(peerStore).has(peerId)).toBe(true)
  })
})
