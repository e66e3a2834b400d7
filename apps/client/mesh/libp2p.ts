/** libp2p as the client runs it, in Chromium and in Node alike. Each value that is not a default says what it is for. */
import { gossipsub, StrictNoSign, type GossipSub, type TopicValidatorResult } from '@libp2p/gossipsub'
import { identify, type Identify } from '@libp2p/identify'
import { FaultTolerance, type Connection, type ConnectionGater, type Libp2p, type PeerId } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { webRTC } from '@libp2p/webrtc'
import { webSockets } from '@libp2p/websockets'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import {
  GOSSIP_BACKLOG_MAX_BYTES, GOSSIP_DECODE_LIMITS, GOSSIP_RPC_MAX_BYTES, GOSSIP_SEEN_TTL_MS, GOSSIP_TOPIC_BYTES_MAX, gossipMessageId
} from '#shared/wire/gossip.ts'
import { answerPings, PING_PROTOCOL, PING_STREAMS } from '#shared/wire/ping.ts'
import { NEIGHBOURS, type Neighbours } from './neighbours.ts'
import { privateTransport } from './private-transport.ts'
import { relayTransport } from './relay-transport.ts'
import { createWebCryptoKey } from './webcrypto-key.ts'

/**
 * Bytes a stream may receive before they are read: 10 MB/s at a round trip of 100 ms. libp2p's 16 MiB would be held for each stream, and it resets
 * a stream with 4 MiB unread.
 */
const STREAM_WINDOW_MAX_BYTES = 1024 * 1024

/** What a peer sent in one piece; only what is read here. */
export interface ReceivedRpc { messages: { topic: string }[] }

/** Parts of gossipsub that are not in its public type, and that `gossip.ts` relies on; `mesh.integration.test.ts` fails when they change. */
export interface GossipSubInside {
  isStarted(): boolean
  opts: Neighbours
  reportMessageValidationResult(msgId: string, propagationSource: string, verdict: TopicValidatorResult): void
  peers: ReadonlyMap<string, PeerId>
  streamsOutbound: ReadonlyMap<string, unknown>
  outboundInflightQueue: { push(job: { peerId: PeerId, connection: Connection }): void }
  onPeerConnected(peerId: PeerId, connection: Connection): void
  /** Plans to tell a peer which messages this device has. */
  pushGossip(id: string, have: { topicID: string, messageIDs: Uint8Array[] }): void
  handleReceivedRpc(from: PeerId, rpc: ReceivedRpc): Promise<void>
  /** Each piece is one RPC, not decoded yet. */
  pipePeerReadStream(from: PeerId, pieces: AsyncIterable<{ byteLength: number }>): Promise<void>
}

export type MeshLibp2p = Libp2p<{ identify: Identify, pubsub: GossipSub & GossipSubInside }>

export interface MeshLibp2pOptions {
  keyPair: CryptoKeyPair
  iceServers: RTCIceServer[]
  gater: ConnectionGater
  /** With whom no direct link is made, since both ends would see each other's address. */
  isHiddenFrom: (peer: PeerId) => boolean
  /** Whether a peer may begin another WebRTC handshake. */
  mayShakeHands: (peer: PeerId) => boolean
  /** The relay, by its peer id; null while it is not known. */
  nodePeer: () => PeerId | null
}

export async function createMeshLibp2p ({ keyPair, iceServers, gater, isHiddenFrom, mayShakeHands, nodePeer }: MeshLibp2pOptions): Promise<MeshLibp2p> {
  const node = await createLibp2p({
    start: false,
    privateKey: await createWebCryptoKey(keyPair),
    // Without a relay's address before it: naming one would never reserve again after that relay was gone.
    addresses: { listen: ['/p2p-circuit', '/webrtc'] },
    transports: [
      webSockets(),
      relayTransport(),
      // Only our own servers: the default asks public STUN servers, which tells them who talks.
      privateTransport(webRTC({ rtcConfiguration: { iceServers } }), { isHiddenFrom, mayShakeHands })
    ],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ streamOptions: { maxStreamWindowSize: STREAM_WINDOW_MAX_BYTES } })],
    transportManager: { faultTolerance: FaultTolerance.NO_FATAL },
    // `node-link.ts` reconnects; libp2p's own attempts would only be joined by ours and hold them up.
    connectionManager: { maxConnections: 300, reconnectRetries: 0 },
    connectionGater: gater,
    // It ends links on a busy machine; `links.ts` and `node-link.ts` watch theirs with more patience.
    connectionMonitor: { enabled: false },
    services: {
      // Over direct connections alone: that is where gossip learns what a peer speaks, and nothing else asks.
      identify: identify({ runOnLimitedConnection: false }),
      pubsub: gossipsub({
        emitSelf: false,
        allowPublishToZeroTopicPeers: true,
        fallbackToFloodsub: false,
        // Envelopes are signed already; then the id must be the hash, since a number could be raced to censor.
        globalSignaturePolicy: StrictNoSign,
        msgIdFn: ({ topic, data }) => gossipMessageId(topic, data),
        maxInboundDataLength: GOSSIP_RPC_MAX_BYTES,
        maxOutboundBufferSize: GOSSIP_BACKLOG_MAX_BYTES,
        // What a peer's frame may become in this page's memory.
        decodeRpcLimits: GOSSIP_DECODE_LIMITS,
        maxTopicBytesPerPeer: GOSSIP_TOPIC_BYTES_MAX,
        seenTTL: GOSSIP_SEEN_TTL_MS,
        // `gossip.ts` says when a frame of somebody else is passed on, and to how many neighbours.
        asyncValidation: true,
        // One message of a peer after the other: a flood waits in its stream, whose buffer has an end, and not as promises in this page.
        awaitRpcHandler: true,
        awaitRpcMessageHandler: true,
        ...NEIGHBOURS.amongUs,
        // Whoever has too many neighbours keeps the best one for certain: the node, by which those are heard who are only relayed.
        Dscore: 1,
        Dlazy: 3,
        scoreParams: { appSpecificScore: (peer) => peer === nodePeer()?.toString() ? 1 : 0 }
      })
    }
  })
  await node.handle(PING_PROTOCOL, (stream) => answerPings(stream), {
    runOnLimitedConnection: true, maxInboundStreams: PING_STREAMS
  })
  return node as unknown as MeshLibp2p
}
