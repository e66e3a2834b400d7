/**
 * The node in the rooms' gossip: a hub in each topic that has a registered device, so that members who are only relayed hear it too.
 * It passes on what a registered carrier may pass on, and reads nothing.
 */
import { TopicValidatorResult } from '@libp2p/gossipsub'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import { GOSSIP_FRAME_MAX_BYTES, topicOf } from '#shared/wire/gossip.ts'
import { parseDeviceKey, toDeviceKey, toPeerId } from '#shared/wire/peer-id.ts'
import type { RelayLibp2p } from './libp2p.ts'

export type GossipVerdict = 'accept' | 'ignore' | 'reject'

export interface Topics {
  /** A device registered for a room: it is told that we are in the topic. */
  entered(room: RoomTag, device: DeviceKey): void
  /** A room got its first or lost its last registered device. */
  use(room: RoomTag, isUsed: boolean): void
}

const VERDICTS = { accept: TopicValidatorResult.Accept, ignore: TopicValidatorResult.Ignore, reject: TopicValidatorResult.Reject }

export function createTopics ({ libp2p, hasPassport, isRegistered, judge }: {
  libp2p: RelayLibp2p
  hasPassport: (device: DeviceKey) => boolean
  isRegistered: (room: RoomTag, device: DeviceKey) => boolean
  /** Judges a frame of a device with a passport, within the size limit. */
  judge: (room: RoomTag, frame: Uint8Array, from: DeviceKey) => Promise<GossipVerdict>
}): Topics {
  const { pubsub } = libp2p.services
  const rooms = new Map<string, RoomTag>()
  const told = new Map<string, Set<string>>()

  // Gossipsub tells every peer of every topic it is in: each client would learn the tags of all rooms at this node. Ours learn their own.
  const sendSubscriptions = pubsub.sendSubscriptions.bind(pubsub)
  pubsub.sendSubscriptions = (peer, topics, isSubscribed) => {
    const device = parseDeviceKey(peer)
    const known = topics.filter((topic) => {
      const room = rooms.get(topic)
      if (!isSubscribed) return told.get(topic)?.has(peer) === true
      if (room === undefined || device === null || !isRegistered(room, device)) return false
      told.get(topic)?.add(peer)
      return true
    })
    if (known.length > 0) sendSubscriptions(peer, known, isSubscribed)
  }

  return {
    entered (room, device) {
      pubsub.sendSubscriptions(toPeerId(device).toString(), [topicOf(room)], true)
    },
    use (room, isUsed) {
      const topic = topicOf(room)
      if (!isUsed) {
        pubsub.unsubscribe(topic)
        pubsub.topicValidators.delete(topic)
        rooms.delete(topic)
        told.delete(topic)
        return
      }
      rooms.set(topic, room)
      told.set(topic, new Set())
      pubsub.topicValidators.set(topic, async (peer, { data }) => {
        const from = toDeviceKey(peer)
        if (from === null || !hasPassport(from)) return TopicValidatorResult.Ignore
        if (data.length > GOSSIP_FRAME_MAX_BYTES) return TopicValidatorResult.Reject
        return VERDICTS[await judge(room, data, from).catch(() => 'ignore' as const)]
      })
      pubsub.subscribe(topic)
    }
  }
}
