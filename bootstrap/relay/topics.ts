/**
 * The node in the rooms' gossip: a hub in each topic that has a registered device, so that members who are only relayed hear it too.
 * It passes on what a registered carrier may pass on, and reads nothing.
 *
 * RULE: to be registered for a room is to be subscribed to its topic, and nothing else is. What a device says of its subscriptions counts
 * only as far as it is registered, and topics that nobody is registered for do not exist.
 */
import { TopicValidatorResult } from '@libp2p/gossipsub'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import { GOSSIP_FRAME_MAX_BYTES, topicOf } from '#shared/wire/gossip.ts'
import { parseDeviceKey, toDeviceKey, toPeerId } from '#shared/wire/peer-id.ts'
import type { Limiter } from '../limits/index.ts'
import type { ReceivedRpc, RelayLibp2p } from './libp2p.ts'

export type GossipVerdict = 'accept' | 'ignore' | 'reject'

export interface Topics {
  /** A device registered for a room: it is told that we are in the topic, and hears it. */
  entered(room: RoomTag, device: DeviceKey): void
  /** A device is not registered any more. */
  left(room: RoomTag, device: DeviceKey): void
  /** A room got its first or lost its last registered device. */
  use(room: RoomTag, isUsed: boolean): void
}

const VERDICTS = { accept: TopicValidatorResult.Accept, ignore: TopicValidatorResult.Ignore, reject: TopicValidatorResult.Reject }

export function createTopics ({ libp2p, limiter, hasPassport, isRegistered, judge }: {
  libp2p: RelayLibp2p
  limiter: Limiter
  hasPassport: (device: DeviceKey) => boolean
  isRegistered: (room: RoomTag, device: DeviceKey) => boolean
  /** Judges a frame of a device with a passport, within the size limit. */
  judge: (room: RoomTag, frame: Uint8Array, from: DeviceKey) => Promise<GossipVerdict>
}): Topics {
  const { pubsub } = libp2p.services
  const rooms = new Map<string, RoomTag>()
  const told = new Map<string, Set<string>>()

  const deviceOf = (peer: string): DeviceKey | null => {
    const known = pubsub.peers.get(peer)
    return known === undefined ? parseDeviceKey(peer) : toDeviceKey(known)
  }
  const isIn = (device: DeviceKey | null, topic: string): boolean => {
    const room = rooms.get(topic)
    return room !== undefined && device !== null && isRegistered(room, device)
  }

  // Gossipsub tells every peer of every topic it is in: each client would learn the tags of all rooms at this node. Ours learn their own.
  const sendSubscriptions = pubsub.sendSubscriptions.bind(pubsub)
  let isQuiet = false
  pubsub.sendSubscriptions = (peer, topics, isSubscribed) => {
    if (isQuiet) return
    const device = deviceOf(peer)
    const known = topics.filter((topic) => {
      if (!isSubscribed) return told.get(topic)?.has(peer) === true
      if (!isIn(device, topic)) return false
      told.get(topic)?.add(peer)
      return true
    })
    if (known.length > 0) sendSubscriptions(peer, known, isSubscribed)
  }
  /** Runs without telling all peers one by one that this topic does not concern them. */
  const quietly = (run: () => void): void => {
    isQuiet = true
    try {
      run()
    } finally {
      isQuiet = false
    }
  }

  const handleReceivedSubscription = pubsub.handleReceivedSubscription.bind(pubsub)
  pubsub.handleReceivedSubscription = (from, topic, isSubscribed) =>
    (!isSubscribed || isIn(toDeviceKey(from), topic)) && handleReceivedSubscription(from, topic, isSubscribed)
  const handleGraft = pubsub.handleGraft.bind(pubsub)
  pubsub.handleGraft = async (peer, grafts) => {
    const device = deviceOf(peer)
    return await handleGraft(peer, grafts.filter(({ topicID }) => topicID !== undefined && isIn(device, topicID)))
  }
  // What is above the budget is dropped before anything of it is hashed.
  const handleReceivedRpc = pubsub.handleReceivedRpc.bind(pubsub)
  pubsub.handleReceivedRpc = async (from, rpc) => {
    const device = toDeviceKey(from)
    if (device === null || !hasPassport(device) || !limiter.take('gossip-messages', device, costOf(rpc))) return
    await handleReceivedRpc(from, rpc)
  }

  return {
    entered (room, device) {
      const peer = toPeerId(device), id = peer.toString(), topic = topicOf(room)
      pubsub.sendSubscriptions(id, [topic], true)
      // A device says once which topics it is in, and that may have been before it was registered.
      if (!pubsub.peers.has(id)) return
      handleReceivedSubscription(peer, topic, true)
      if (pubsub.graftOnSubscribe(id, topic)) pubsub.sendGraft(id, [topic])
    },
    left (room, device) {
      const peer = toPeerId(device), topic = topicOf(room)
      handleReceivedSubscription(peer, topic, false)
      pubsub.mesh.get(topic)?.delete(peer.toString())
      told.get(topic)?.delete(peer.toString())
    },
    use (room, isUsed) {
      const topic = topicOf(room)
      if (!isUsed) {
        quietly(() => pubsub.unsubscribe(topic))
        for (const peer of told.get(topic) ?? []) sendSubscriptions(peer, [topic], false)
        pubsub.topicValidators.delete(topic)
        pubsub.allowedTopics.delete(topic)
        rooms.delete(topic)
        told.delete(topic)
        return
      }
      rooms.set(topic, room)
      told.set(topic, new Set())
      pubsub.allowedTopics.add(topic)
      pubsub.topicValidators.set(topic, async (peer, { data }) => {
        const from = toDeviceKey(peer)
        if (from === null || !hasPassport(from)) return TopicValidatorResult.Ignore
        if (data.length > GOSSIP_FRAME_MAX_BYTES) return TopicValidatorResult.Reject
        return VERDICTS[await judge(room, data, from).catch(() => 'ignore' as const)]
      })
      quietly(() => pubsub.subscribe(topic))
    }
  }
}

/** One for a message and each id that is asked for or offered; control items are cheaper and come in bulk when a client connects. */
function costOf ({ messages, control = {} }: ReceivedRpc): number {
  const ids = [...control.ihave ?? [], ...control.iwant ?? [], ...control.idontwant ?? []].reduce((sum, { messageIDs }) => sum + messageIDs.length, 0)
  const changes = (control.graft?.length ?? 0) + (control.prune?.length ?? 0)
  return Math.max(1, messages.length + Math.ceil(ids / 10) + Math.ceil(changes / 10))
}
