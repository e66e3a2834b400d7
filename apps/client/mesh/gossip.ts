/** Gossip as the rooms use it: a topic with a validator each, and the repair of streams that gossipsub does not mend itself. */
import { effect } from '@preact/signals-core'
import { TopicValidatorResult, type GossipsubMessage } from '@libp2p/gossipsub'
import type { Connection, PeerId } from '@libp2p/interface'
import type { DeviceKey } from '#shared/ids.ts'
import { GOSSIP_BACKLOG_MAX_BYTES, GOSSIP_FRAME_MAX_BYTES, GOSSIP_RPC_MAX_BYTES } from '#shared/wire/gossip.ts'
import { toDeviceKey, toPeerId } from '#shared/wire/peer-id.ts'
import type { Scope } from '../state/scope.ts'
import type { MeshLibp2p } from './libp2p.ts'
import { NEIGHBOURS, PASS_ON_TO_NODE_MS } from './neighbours.ts'
import { isDirectConnection } from './paths.ts'
import { readAhead } from './read-ahead.ts'
import type { PeerBudgets } from './peer-budgets.ts'
import type { Mesh, Remote, RoomPolicy } from './types.ts'

const REPAIR_EVERY_MS = 1000
/** The longest RPC, and as much again while that one is judged. */
const READ_AHEAD_MAX_BYTES = 2 * GOSSIP_RPC_MAX_BYTES
/** For counting the messages of what is dropped unread. */
const FRAME_TYPICAL_BYTES = 256
const VERDICTS = { accept: TopicValidatorResult.Accept, ignore: TopicValidatorResult.Ignore, reject: TopicValidatorResult.Reject }

export interface TopicPolicy extends Pick<RoomPolicy, 'validate'> {
  /** Whether the node brings a device what is said in the topic. */
  isAtNode: (device: DeviceKey) => boolean
}

export interface Gossip {
  /** Takes part in a topic from now, or from the start of libp2p on. */
  join(topic: string, policy: TopicPolicy): void
  leave(topic: string): void
  /** Answers how many peers took it; rejects when libp2p is stopped. */
  publish(topic: string, frame: Uint8Array): Promise<number>
  /** Linked devices that are in the topic. */
  devicesIn(topic: string): DeviceKey[]
  /** Joins the topics that were asked for before libp2p had started. */
  started(): void
}

export function createGossip ({ libp2p, node, remoteOf, scope, budgets, drop, onPeersChanged }: {
  libp2p: MeshLibp2p
  node: Mesh['node']
  /** Null for a peer that is no device of ours. */
  remoteOf: (peer: PeerId) => Remote | null
  scope: Scope
  budgets: PeerBudgets
  drop: (reason: string) => void
  /** Somebody joined or left one of our topics. */
  onPeersChanged: () => void
}): Gossip {
  const { pubsub } = libp2p.services
  const topics = new Map<string, TopicPolicy>()

  const judge = async (policy: TopicPolicy, peer: PeerId, frame: Uint8Array): Promise<TopicValidatorResult> => {
    const from = remoteOf(peer)
    if (from === null || frame.length > GOSSIP_FRAME_MAX_BYTES) {
      drop(from === null ? 'frame-from-stranger' : 'frame-too-long')
      return TopicValidatorResult.Reject
    }
    try {
      const judged = await policy.validate(frame, from)
      if (judged.verdict === 'accept') judged.deliver()
      else drop(judged.reason)
      return VERDICTS[judged.verdict]
    } catch {
      drop('validator-failed')
      return TopicValidatorResult.Ignore
    }
  }

  const pipePeerReadStream = pubsub.pipePeerReadStream.bind(pubsub)
  pubsub.pipePeerReadStream = async (from, pieces) => {
    const carrier = remoteOf(from)
    if (carrier === null) return
    // The node bounds what waits for a device itself, and what it then gives up is fetched by sync.
    await pipePeerReadStream(from, readAhead(pieces, carrier === 'node'
      ? { maxBytes: GOSSIP_BACKLOG_MAX_BYTES, mayKeep: () => true, onDropped: () => drop('backlog-of-node') }
      : {
          maxBytes: READ_AHEAD_MAX_BYTES,
          mayKeep: ({ byteLength }) => budgets.take('carried-bytes', carrier, byteLength),
          onDropped: ({ byteLength }) => budgets.refuse('carried', carrier, Math.ceil(byteLength / FRAME_TYPICAL_BYTES))
        }))
  }

  // Gossipsub hashes and keeps whatever it is given, on any topic: the link's budget and our own topics come before that.
  const handleReceivedRpc = pubsub.handleReceivedRpc.bind(pubsub)
  pubsub.handleReceivedRpc = async (from, rpc) => {
    const carrier = remoteOf(from)
    if (carrier === null) {
      drop('frame-from-stranger')
      return
    }
    if (!budgets.take(carrier === 'node' ? 'carried-by-node' : 'carried', carrier, Math.max(1, rpc.messages.length))) return
    const ours = rpc.messages.filter(({ topic }) => topics.has(topic))
    if (ours.length < rpc.messages.length) drop('unknown-topic')
    rpc.messages = ours
    await handleReceivedRpc(from, rpc)
  }

  // Without this, every member would tell three others, three times, that it has a message. A device at the node gets it
  // from there. One that is linked but not at the node has no neighbours, and this is its only way to hear of the message.
  const pushGossip = pubsub.pushGossip.bind(pubsub)
  pubsub.pushGossip = (id, have) => {
    const peer = pubsub.peers.get(id), device = peer === undefined ? null : toDeviceKey(peer)
    const hasIt = node.peek() === 'online' && device !== null && topics.get(have.topicID)?.isAtNode(device) === true
    if (!hasIt) pushGossip(id, have)
  }

  scope.defer(effect(() => { Object.assign(pubsub.opts, node.value === 'online' ? NEIGHBOURS.byNode : NEIGHBOURS.amongUs) }))
  const passOn = ({ detail: { msgId, propagationSource } }: CustomEvent<GossipsubMessage>): void => {
    const pass = (): void => pubsub.reportMessageValidationResult(msgId, propagationSource.toString(), TopicValidatorResult.Accept)
    if (node.peek() === 'online') scope.later(PASS_ON_TO_NODE_MS, pass)
    else pass()
  }
  pubsub.addEventListener('gossipsub:message', passOn)
  scope.defer(() => pubsub.removeEventListener('gossipsub:message', passOn))

  const repairAll = (): void => {
    for (const connection of libp2p.getConnections()) repairGossip(libp2p, connection)
    scope.later(REPAIR_EVERY_MS, repairAll)
  }
  scope.later(REPAIR_EVERY_MS, repairAll)

  pubsub.addEventListener('subscription-change', onPeersChanged)
  scope.defer(() => pubsub.removeEventListener('subscription-change', onPeersChanged))

  return {
    join (topic, policy) {
      topics.set(topic, policy)
      pubsub.topicValidators.set(topic, async (peer, message) => await judge(policy, peer, message.data))
      if (pubsub.isStarted()) pubsub.subscribe(topic)
    },
    leave (topic) {
      topics.delete(topic)
      pubsub.topicValidators.delete(topic)
      if (pubsub.isStarted()) pubsub.unsubscribe(topic)
    },
    publish: async (topic, frame) => (await pubsub.publish(topic, frame)).recipients.length,
    devicesIn: (topic) => pubsub.getSubscribers(topic).map(toDeviceKey).filter((device) => device !== null),
    started () {
      for (const topic of topics.keys()) pubsub.subscribe(topic)
    }
  }
}

/**
 * Gossipsub opens one stream per peer on the first connection it may use and never another. When that connection ends beside one that
 * lives, or was opened while the peer was still busy, the pair has a link and no gossip. Where a direct connection has none, it is asked for
 * again. Both calls are gossipsub's own and not public.
 */
export function repairGossip (libp2p: MeshLibp2p, connection: Connection): void {
  const { pubsub } = libp2p.services
  const id = connection.remotePeer.toString()
  if (!pubsub.isStarted() || !isDirectConnection(connection) || pubsub.streamsOutbound.has(id)) return
  if (Date.now() - connection.timeline.open < REPAIR_EVERY_MS) return
  if (pubsub.peers.has(id)) pubsub.outboundInflightQueue.push({ peerId: connection.remotePeer, connection })
  else pubsub.onPeerConnected(connection.remotePeer, connection)
}

/** For tests: whether gossip has a stream to `device`. */
export const hasGossipStream = (libp2p: MeshLibp2p, device: DeviceKey): boolean =>
  libp2p.services.pubsub.streamsOutbound.has(toPeerId(device).toString())
