/** The connection to the node: dialled, watched and dialled again. Nothing in libp2p does that by itself. */
import { signal, type ReadonlySignal } from '@preact/signals-core'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import type { Scope } from '../state/scope.ts'
import type { MeshLibp2p } from './libp2p.ts'
import { pingConnection } from './ping.ts'
import { reconnect, RECONNECT_INITIAL, RECONNECT_POLICY, type ReconnectEffect, type ReconnectEvent } from './reconnect.ts'

const DIAL_TIMEOUT_MS = 5000
/** A reservation follows the connection within half a second; without one nobody can reach this device. */
const RESERVATION_TIMEOUT_MS = 5000
/** A socket whose other end vanished without a word is noticed by this; a busy node gets a second chance. */
const PING_EVERY_MS = 10_000
const PING_TIMEOUT_MS = 10_000
const PING_FAILURES_MAX = 2
/** Where there is a reason to doubt, one ping decides: a new connection is there within a second. */
const DOUBT_PING_TIMEOUT_MS = 1500
/** After a sleep or on another network the socket is dead more often than not; longer than a round trip over any path that a call could use. */
const WAKE_PING_TIMEOUT_MS = 700

export interface NodeLink {
  readonly status: ReadonlySignal<'online' | 'connecting' | 'offline'>
  readonly retryAt: ReadonlySignal<number | null>
  /** The relay as last dialled; null before the first success. */
  readonly relay: ReadonlySignal<{ peerId: PeerId, address: Multiaddr } | null>
  start(): void
  wake(): void
  /** Asks at once whether the node is still there; `isOffline` when the system says that the network is gone. */
  doubt(options?: { isOffline: boolean }): void
}

export function createNodeLink ({ libp2p, relayAddrs, scope, onConnected }: {
  libp2p: MeshLibp2p
  relayAddrs: () => Promise<string[]>
  scope: Scope
  /** Runs after each new connection, before the node counts as online: hello and rendezvous. */
  onConnected: (relay: PeerId) => Promise<void>
}): NodeLink {
  const status = signal<'online' | 'connecting' | 'offline'>('connecting')
  const retryAt = signal<number | null>(null)
  const relay = signal<{ peerId: PeerId, address: Multiaddr } | null>(null)
  let state = RECONNECT_INITIAL
  let cancelWait = (): void => {}
  /** The connection was ended by this device. */
  let isGivenUp = false

  const send = (type: ReconnectEvent['type']): void => {
    const [next, effects] = reconnect(state, { type, now: Date.now(), random: Math.random() })
    state = next
    retryAt.value = next.retryAt
    if (next.status !== 'connected') status.value = next.failures >= RECONNECT_POLICY.offlineAfter ? 'offline' : 'connecting'
    effects.forEach(perform)
  }

  const perform = (effect: ReconnectEffect): void => {
    cancelWait()
    if (effect.type === 'wait') cancelWait = scope.later(effect.delayMs, () => send('timer'))
    if (effect.type === 'dial') dial().then(() => send('connected'), () => send('failed'))
  }

  const dial = async (): Promise<void> => {
    const [address] = await relayAddrs()
    const peerId = address === undefined ? undefined : /\/p2p\/([^/]+)$/.exec(address)?.[1]
    if (address === undefined || peerId === undefined) throw new Error('the node has not told where its relay is')
    relay.value = { peerId: peerIdFromString(peerId), address: multiaddr(address) }
    // A browser rejects a failed WebSocket with a bare DOM event: what matters is only that it failed.
    await libp2p.dial(multiaddr(address), { signal: AbortSignal.any([scope.signal, AbortSignal.timeout(DIAL_TIMEOUT_MS)]) })
    try {
      await onConnected(relay.value.peerId)
      await untilReserved()
    } catch (error) {
      // libp2p asks for a reservation when a connection is new: the next attempt needs another one.
      for (const connection of libp2p.getConnections(relay.value.peerId)) connection.abort(new Error('not usable'))
      throw error
    }
    status.value = 'online'
  }

  const untilReserved = async (): Promise<void> => {
    const ended = Promise.withResolvers<never>(), reserved = Promise.withResolvers<undefined>()
    const isReserved = (): boolean => libp2p.getMultiaddrs().some((address) => address.toString().includes('/p2p-circuit'))
    const onUpdate = (): void => { if (isReserved()) reserved.resolve(undefined) }
    const onLost = ({ detail }: CustomEvent<PeerId>): void => { if (relay.peek()?.peerId.equals(detail) === true) onEnd() }
    const onEnd = (): void => ended.reject(new Error('the relay gave no reservation'))
    const timeout = AbortSignal.any([scope.signal, AbortSignal.timeout(RESERVATION_TIMEOUT_MS)])
    // Not 'self:peer:update': after a short absence the address is the same again, and nothing is updated.
    libp2p.addEventListener('transport:listening', onUpdate)
    libp2p.addEventListener('peer:disconnect', onLost)
    timeout.addEventListener('abort', onEnd)
    try {
      onUpdate()
      await Promise.race([reserved.promise, ended.promise])
    } finally {
      libp2p.removeEventListener('transport:listening', onUpdate)
      libp2p.removeEventListener('peer:disconnect', onLost)
      timeout.removeEventListener('abort', onEnd)
    }
  }

  /** Ends the connection when it answers no ping; what follows is as with any lost connection. */
  const check = async (timeoutMs: number, failuresMax = PING_FAILURES_MAX): Promise<void> => {
    const connection = relay.peek() === null ? undefined : libp2p.getConnections(relay.peek()?.peerId).find(({ status }) => status === 'open')
    if (connection === undefined || state.status !== 'connected') return
    for (let failures = 0; connection.status === 'open';) {
      try {
        await pingConnection(connection, AbortSignal.any([scope.signal, AbortSignal.timeout(timeoutMs)]))
        return
      } catch (error) {
        if (scope.signal.aborted) return
        if (++failures < failuresMax) continue
        isGivenUp = true
        connection.abort(error instanceof Error ? error : new Error('no answer'))
      }
    }
  }

  const watch = (): void => {
    scope.run(check(PING_TIMEOUT_MS).finally(() => scope.later(PING_EVERY_MS, watch)))
  }

  const onDisconnect = ({ detail }: CustomEvent<PeerId>): void => {
    if (relay.peek()?.peerId.equals(detail) !== true) return
    send(isGivenUp ? 'dead' : 'lost')
    isGivenUp = false
  }
  libp2p.addEventListener('peer:disconnect', onDisconnect)
  scope.defer(() => {
    libp2p.removeEventListener('peer:disconnect', onDisconnect)
    send('stop')
  })

  const doubt = (timeoutMs: number): void => scope.run(check(timeoutMs, 1))

  return {
    status,
    retryAt,
    relay,
    doubt: ({ isOffline } = { isOffline: false }) => doubt(isOffline ? WAKE_PING_TIMEOUT_MS : DOUBT_PING_TIMEOUT_MS),
    start () {
      send('start')
      watch()
    },
    wake () {
      send('wake')
      doubt(WAKE_PING_TIMEOUT_MS)
    }
  }
}
