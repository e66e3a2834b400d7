import type { ConnectionGater, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * Nothing is dialled but the node's relay and, through it, other devices. libp2p also learns addresses from peers; without this a peer
 * could make us open connections into the network we sit in. Which relay is ours we know from the node we signed in at, so plain `ws://`
 * and private addresses are as good as any: libp2p's refusal of them in browsers is for addresses of strangers.
 *
 * Every connection with a device begins as a relayed one, so what is refused here costs neither a handshake nor a peer connection.
 */
export function createGater ({ relayAddress, isIgnored, mayConnect }: {
  relayAddress: () => Multiaddr | null
  isIgnored: (peer: PeerId) => boolean
  /** Asked once for each relayed connection from a device. */
  mayConnect: (peer: PeerId) => boolean
}): ConnectionGater {
  return {
    denyDialPeer: isIgnored,
    denyInboundRelayedConnection: (_relay, peer) => !mayConnect(peer),
    denyInboundUpgradedConnection: isIgnored,
    denyDialMultiaddr (address) {
      const relay = relayAddress()?.toString()
      const dialled = address.toString()
      return relay === undefined || !(dialled === relay || dialled.startsWith(`${relay}/p2p-circuit/`))
    }
  }
}
