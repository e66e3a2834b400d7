/**
 * Relayed connections on a device whose clock is wrong. The relay tells by its own clock when a reservation ends; libp2p compares that
 * with ours, and on a device more than two hours ahead every reservation seems over: it fails on a negative time to live, and nobody can
 * reach the device. Nothing breaks when it counts as short instead: libp2p then renews it more often.
 */
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2'
import type { PeerStore } from '@libp2p/interface'

const RESERVATION_TIMEOUT_MS = 10_000
/** Longer than libp2p waits before it renews a reservation that seems over (half a minute). */
const TAG_TTL_MIN_MS = 600_000

type RelayTransport = ReturnType<typeof circuitRelayTransport>

export function relayTransport (): RelayTransport {
  const create = circuitRelayTransport({ reservationCompletionTimeout: RESERVATION_TIMEOUT_MS })
  return (components) => create(Object.create(components, { peerStore: { value: withoutPastTags(components.peerStore) } }) as typeof components)
}

/** The same store; a tag that would be over before it begins lasts ten minutes. */
export function withoutPastTags (store: PeerStore): PeerStore {
  const merge: PeerStore['merge'] = (peer, data, options) => {
    const { tags } = data
    if (tags === undefined || tags instanceof Map) return store.merge(peer, data, options)
    const lasting = Object.entries(tags).map(([name, tag]) =>
      [name, tag?.ttl !== undefined && tag.ttl < 0 ? { ...tag, ttl: TAG_TTL_MIN_MS } : tag] as const)
    return store.merge(peer, { ...data, tags: Object.fromEntries(lasting) }, options)
  }
  return new Proxy(store, {
    get (target, name) {
      if (name === 'merge') return merge
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) as unknown : value
    }
  })
}
