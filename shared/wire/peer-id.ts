/** A device's libp2p PeerId is its key: the two convert into each other. */
import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromPublicKey, peerIdFromString } from '@libp2p/peer-id'
import { fromHex, toHex, type DeviceKey } from '../ids.ts'

export const toPeerId = (device: DeviceKey): PeerId => peerIdFromPublicKey(publicKeyFromRaw(fromHex(device)))

/** Null for a peer whose key is not Ed25519: no device of ours. */
export function toDeviceKey (peer: PeerId): DeviceKey | null {
  return peer.type === 'Ed25519' ? toHex(peer.publicKey.raw) as DeviceKey : null
}

/** The same for a PeerId as text; null also for text that is none. */
export function parseDeviceKey (text: string): DeviceKey | null {
  try {
    return toDeviceKey(peerIdFromString(text))
  } catch {
    return null
  }
}
