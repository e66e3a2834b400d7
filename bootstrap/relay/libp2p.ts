/** libp2p as the node runs it. Defaults of libp2p are for open networks; these let an office behind one address in, measured with 1000 clients. */
import { circuitRelayServer, type CircuitRelayService } from '@libp2p/circuit-relay-v2'
import { gossipsub, StrictNoSign, type GossipSub } from '@libp2p/gossipsub'
import { identify, type Identify } from '@libp2p/identify'
import type { Connection, Libp2p, PeerId, PrivateKey, Stream, StreamHandler } from '@libp2p/interface'
import type { Registrar } from '@libp2p/interface-internal'
import { noise } from '@libp2p/noise'
import { createLibp2p } from 'libp2p'
import {
  GOSSIP_BACKLOG_MAX_BYTES, GOSSIP_DECODE_LIMITS, GOSSIP_RPC_MAX_BYTES, GOSSIP_SEEN_TTL_MS, GOSSIP_TOPIC_BYTES_MAX, gossipMessageId
} from '#shared/wire/gossip.ts'
import type { AccountId, DeviceKey } from '#shared/ids.ts'
import { toDeviceKey } from '#shared/wire/peer-id.ts'
import { answerPings, PING_PROTOCOL, PING_STREAMS } from '#shared/wire/ping.ts'
import type { Limiter } from '../limits/index.ts'
import { createCircuits, HOP_PROTOCOL, STOP_PROTOCOL } from './circuits.ts'
import { guardRegistrar, type Admission } from './gate.ts'
import { boundedYamux } from './muxer.ts'
import { createBrake, pace, whenAffordable, type Brake } from './pace.ts'
import { silentLogger } from './silent-logger.ts'
import type { SocketTransport } from './socket-transport.ts'

/** The registrar of libp2p looks up in the peer store what a device spoke when it has gone; after that nobody needs it. */
const FORGET_PEER_AFTER_MS = 10_000

/** Parts of gossipsub that are not in its public type; `topics.test.ts` fails when they change. */
export interface GossipSubInside {
  /** Topics that messages and subscriptions are accepted of. */
  allowedTopics: Set<string>
  peers: ReadonlyMap<string, PeerId>
  mesh: ReadonlyMap<string, Set<string>>
  sendSubscriptions(toPeer: string, topics: string[], subscribe: boolean): void
  handleReceivedSubscription(from: PeerId, topic: string, subscribe: boolean): boolean
  graftOnSubscribe(id: string, topic: string): boolean
  sendGraft(id: string, topics: string[]): void
  handleGraft(id: string, graft: { topicID?: string }[]): Promise<unknown[]>
  handleReceivedRpc(from: PeerId, rpc: ReceivedRpc): Promise<void>
  /** Each piece is one RPC, not decoded yet. */
  pipePeerReadStream(from: PeerId, pieces: AsyncIterable<unknown>): Promise<void>
}

/** What a device sent in one piece, decoded. */
export interface ReceivedRpc {
  messages: unknown[]
  control?: Partial<Record<'ihave' | 'iwant' | 'idontwant', { messageIDs: unknown[] }[]> & Record<'graft' | 'prune', unknown[]>>
}

interface RelayServices extends Record<string, unknown> {
  identify: Identify
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
  /** Whose passport a connected device has shown; null when it may not be relayed. */
  accountOf: (device: DeviceKey) => AccountId | null
  admission: Admission
  limiter: Limiter
}

export async function createRelayLibp2p (options: RelayLibp2pOptions): Promise<RelayLibp2p> {
  const { privateKey, publicAddress, transport, pingEveryMs, backlogMaxBytes, accountOf, admission, limiter } = options
  const circuits = createCircuits({ limiter, accountOf })
  const mayConnectThrough = (source: PeerId): boolean => {
    const device = toDeviceKey(source)
    return device !== null && accountOf(device) !== null
  }
  const gossip: GossipStreams = new Map()
  const wrap = (protocol: string, handler: StreamHandler): StreamHandler =>
    protocol === HOP_PROTOCOL ? circuits.hop(handler)
      : protocol.startsWith('/meshsub/') ? paced(handler, limiter, gossip) : handler
  const node = await createLibp2p({
    start: false,
    privateKey,
    logger: silentLogger,
    addresses: { listen: [publicAddress], announce: [publicAddress] },
    transports: [transport],
    connectionEncrypters: [noise()],
    // A device that lives responds to these pings; `sockets.ts` ends those that send nothing.
    streamMuxers: [boundedYamux({ pingEveryMs, backlogMaxBytes, windowBytes: limiter.max('stream-window') })],
    // Counted for all addresses together, these would let one address keep all others out: `sockets.ts` counts them by address.
    connectionManager: { maxConnections: Infinity, maxIncomingPendingConnections: Infinity, inboundConnectionThreshold: Infinity },
    connectionMonitor: { enabled: false },
    connectionGater: {
      // The node answers; it calls nobody. A peer's claims about its addresses lead nowhere.
      denyDialMultiaddr: () => true,
      // A passport is what buys relaying, at either end.
      denyInboundRelayReservation: (source) => !mayConnectThrough(source),
      denyOutboundRelayedConnection: (source) => !mayConnectThrough(source)
    },
    services: {
      // First, so that it stands before everything that the others register.
      gate ({ registrar }: { registrar: Registrar }) {
        guardRegistrar(registrar, admission, wrap)
        registrar.use(STOP_PROTOCOL, [circuits.stop])
        return {}
      },
      identify: identify(),
      relay: circuitRelayServer({
        hopTimeout: 30_000,
        maxInboundHopStreams: limiter.max('streams-of-protocol'),
        // Counted by `circuits.ts`.
        maxOutboundStopStreams: Infinity,
        // Present, so that gossip keeps off relayed links, and too high to be met: `circuits.ts` bounds by device, and a circuit ends with
        // the passport of either end.
        reservations: { maxReservations: limiter.max('reservations'), defaultDataLimit: 2n ** 40n, defaultDurationLimit: 2 ** 31 - 1 }
      }),
      pubsub: gossipsub({
        emitSelf: false,
        allowPublishToZeroTopicPeers: true,
        fallbackToFloodsub: false,
        globalSignaturePolicy: StrictNoSign,
        msgIdFn: ({ topic, data }) => gossipMessageId(topic, data),
        maxInboundDataLength: GOSSIP_RPC_MAX_BYTES,
        maxOutboundBufferSize: GOSSIP_BACKLOG_MAX_BYTES,
        // `topics.ts` adds those that have a registered device: of others nothing is hashed, kept or passed on.
        allowedTopics: [],
        maxTopicBytesPerPeer: GOSSIP_TOPIC_BYTES_MAX,
        decodeRpcLimits: GOSSIP_DECODE_LIMITS,
        // A hub tells nobody what it has: its members have it from the hub.
        seenTTL: GOSSIP_SEEN_TTL_MS, mcacheLength: 2, mcacheGossip: 1,
        // A hub: with the usual mesh of six neighbours a star delivers 60 %.
        D: 4000, Dlo: 3000, Dhi: 6000, Dout: 0, Dscore: 1, Dlazy: 0,
        scoreParams: { IPColocationFactorWeight: 0 }
      })
    }
  })
  const { pubsub } = (node as unknown as RelayLibp2p).services
  const pipePeerReadStream = pubsub.pipePeerReadStream.bind(pubsub)
  pubsub.pipePeerReadStream = async (from, pieces) => {
    const device = toDeviceKey(from), newest = gossip.get(from.toString())
    if (device === null || newest === undefined) return
    const { stream, brake } = newest
    await pipePeerReadStream(from, whenAffordable(pieces, stream, brake, { limiter, limit: 'gossip-messages', device }))
  }
  // libp2p keeps the place of somebody who has gone for two hours: guests that come and go would use all of them up.
  node.addEventListener('peer:disconnect', ({ detail: peer }) => {
    const { reservations } = (node as unknown as RelayLibp2p).services.relay
    reservations.get(peer)?.signal.clear()
    reservations.delete(peer)
    setTimeout(() => {
      if (node.status === 'started' && node.getConnections(peer).length === 0) node.peerStore.delete(peer).catch(() => undefined)
    }, FORGET_PEER_AFTER_MS).unref()
  })
  // RULE: a device has one connection to us, its newest. After a change of network or a sleep nothing tells for minutes that the one before is
  // dead, and the relay, which takes the oldest, would reach nobody over it.
  node.addEventListener('connection:open', ({ detail: connection }) => {
    // It may have ended before it is announced.
    if (connection.status !== 'open') return
    for (const before of node.getConnections(connection.remotePeer)) if (before !== connection) before.abort(new Error('the device came again'))
  })
  await node.handle(PING_PROTOCOL, (stream) => answerPings(stream), { maxInboundStreams: PING_STREAMS })
  return node as unknown as RelayLibp2p
}

/** By which each peer's gossip comes now. RULE: one for each, the newest, so that what waits to be read is bounded. */
type GossipStreams = Map<string, { stream: Stream, brake: Brake }>

/** Reads a stream of gossip no faster than its device's budgets of messages and, once its handler listens, bytes allow. */
function paced (handler: StreamHandler, limiter: Limiter, streams: GossipStreams): StreamHandler {
  return async (stream, connection: Connection) => {
    const device = toDeviceKey(connection.remotePeer), peer = connection.remotePeer.toString()
    if (device === null) return
    const brake = createBrake(stream)
    streams.get(peer)?.stream.abort(new Error('the device opened another one'))
    streams.set(peer, { stream, brake })
    stream.addEventListener('close', () => { if (streams.get(peer)?.stream === stream) streams.delete(peer) })
    await handler(stream, connection)
    pace(stream, brake, { limiter, device, limit: 'gossip-bytes' })
  }
}
