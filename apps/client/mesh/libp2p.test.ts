import { expect, it } from 'vitest'
import { toPeerId } from '#shared/wire/peer-id.ts'
import { createMeshLibp2p } from './libp2p.ts'
import type { DeviceKey } from '#shared/ids.ts'

/** Not in gossipsub's public type. */
interface Inside { score: { addPeer(id: string): void, score(id: string): number }, opts: { Dscore: number } }

const keyPair = async (): Promise<CryptoKeyPair> => await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify'])
const peer = async () => toPeerId(Buffer.from(await crypto.subtle.exportKey('raw', (await keyPair()).publicKey)).toString('hex') as DeviceKey)

it('keeps the node among the neighbours of gossip, however many others there are', async () => {
  const node = await peer(), other = await peer()
  const { services } = await createMeshLibp2p({ keyPair: await keyPair(), iceServers: [], gater: {}, isHiddenFrom: () => false, mayShakeHands: () => true, nodePeer: () => node })
  const { score, opts } = services.pubsub as unknown as Inside
  for (const each of [node, other]) score.addPeer(each.toString())
  // Of too many neighbours the one with the best score stays.
  expect(score.score(node.toString())).toBeGreaterThan(score.score(other.toString()))
  expect(opts.Dscore).toBeGreaterThan(0)
})
