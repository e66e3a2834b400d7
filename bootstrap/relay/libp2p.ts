/** libp2p as the node runs it. Defaults of libp2p are for open networks; these let an office behind one address in, measured with 1000 clients. */
import { circuitRelayServer, type CircuitRelayService } from '@libp2p/circuit-relay-v2'
import { gossipsub, StrictNoSign, type GossipSub } from '@libp2p/gossipsub'
import { identify, type Identify } from '@libp2p/identify'
import type { Libp2p, PeerId, PrivateKey } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { ping, type Ping } from '@libp2p/ping'
import { createLibp2p } from 'libp2p'
import { GOSSIP_BACKLOG_MAX_BYTES, GOSSIP_RPC_MAX_BYTES, gossipMessageId } from '#shared/wire/gossip.ts'
import { boundedYamux } from './muxer.ts'
import type { SocketTransport } from './socket-transport.ts'

/** Of one protocol on one connection: a client may be linked to that many others through us. */
export const STREAMS_PER_PEER = 256
/** Clients ping their connection to us; libp2p's two would make a slow ping fail the next. */
const PING_STREAMS = 8

/** A part of gossipsub that is not in its public type; `topics.test.ts` fails when it changes. */
export interface GossipSubInside {
  sendSubscriptions(toPeer: string, topics: string[], subscribe: boolean): void
}

interface RelayServices extends Record<string, unknown> {
  identify: Identify
  ping: Ping
  pubsub: GossipSub & GossipSubInside
  relay: CircuitRelayService
}

export type RelayLibp2p = Libp2p<RelayServices>

export interface RelayLibp2pOptions {
  privateKey: PrivateKey
  /** What clients dial, without `/p2p/…`. */
  publicAddress: string
  transport: SocketTransport
  /** How often each device is asked for a sign of life. */
  pingEveryMs: number
  backlogMaxBytes: number
  mayConnectThrough: (source: PeerId) => boolean
}

export async function createRelayLibp2p ({ privateKey, publicAddress, transport, pingEveryMs, backlogMaxBytes, mayConnectThrough }: RelayLibp2pOptions): Promise<RelayLibp2p> {
  const node = await createLibp2p({
    start: false,
    privateKey,
    addresses: { listen: [publicAddress], announce: [publicAddress] },
    transports: [transport],
    connectionEncrypters: [noise()],
    // A device that lives responds to these pings; `sockets.ts` ends those that send nothing.
    streamMuxers: [boundedYamux({ pingEveryMs, backlogMaxBytes })],
    // Counted for all addresses together, these would let one address keep all others out: `sockets.ts` counts them by address.
    connectionManager: { maxConnections: Infinity, maxIncomingPendingConnections: Infinity, inboundConnectionThreshold: Infinity },
    connectionMonitor: { enabled: false },
    connectionGater: {
      // The node answers; it calls nobody. A peer's claims about its addresses lead nowhere.
      denyDialMultiaddr: () => true,
      // A passport is what buys relaying; a reservation alone reaches nobody.
      denyOutboundRelayedConnection: (source) => !mayConnectThrough(source)
    },
    services: {
      identify: identify(),
      ping: ping({ maxInboundStreams: PING_STREAMS }),
      relay: circuitRelayServer({
        hopTimeout: 30_000,
        maxInboundHopStreams: STREAMS_PER_PEER,
        maxOutboundHopStreams: STREAMS_PER_PEER,
        maxOutboundStopStreams: 5000,
        // Present, so that gossip keeps off relayed links, and too high to be met.
        reservations: { maxReservations: 5000, defaultDataLimit: 2n ** 40n, defaultDurationLimit: 2 ** 31 - 1 }
      }),
      pubsub: gossipsub({
        emitSelf: false,
        allowPublishToZeroTopicPeers: true,
        fallbackToFloodsub: false,
        globalSignaturePolicy: StrictNoSign,
        msgIdFn: async ({ topic, data }) => await gossipMessageId(topic, data),
        maxInboundDataLength: GOSSIP_RPC_MAX_BYTES,
        maxOutboundBufferSize: GOSSIP_BACKLOG_MAX_BYTES,
        // A hub: with the usual mesh of six neighbours a star delivers 60 %.
        D: 4000, Dlo: 3000, Dhi: 6000, Dout: 0, Dscore: 1, Dlazy: 0,
        scoreParams: { IPColocationFactorWeight: 0 }
      })
    }
  })
  // libp2p keeps the place of somebody who has gone for two hours: guests that come and go would use all of them up.
  node.addEventListener('peer:disconnect', ({ detail: peer }) => (node as unknown as RelayLibp2p).services.relay.reservations.delete(peer))
  // RULE: a device has one connection to us, its newest. After a change of network or a sleep nothing tells for minutes that the one before is
  // dead, and the relay, which takes the oldest, would reach nobody over it.
  node.addEventListener('connection:open', ({ detail: connection }) => {
    for (const before of node.getConnections(connection.remotePeer)) if (before !== connection) before.abort(new Error('the device came again'))
  })
  return node as unknown as RelayLibp2p
}
