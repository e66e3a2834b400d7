/** Which devices are linked, by the better of their connections, how far away they are, and whether they are still there. */
import { signal, type ReadonlySignal } from '@preact/signals-core'
import type { Connection, PeerId } from '@libp2p/interface'
import type { DeviceKey } from '#shared/ids.ts'
import { toDeviceKey, toPeerId } from '#shared/wire/peer-id.ts'
import type { Scope } from '../state/scope.ts'
import type { MeshLibp2p } from './libp2p.ts'
import { isDirectConnection, isInUse, isUsable, onIceChange } from './paths.ts'
import { pingConnection } from './ping.ts'
import type { PeerLink } from './types.ts'

export const LINK_POLICY = {
  pingEveryMs: 10_000,
  /** Most relayed connections are made to look for a direct path over them, which is there by then: they are spare. */
  firstRelayedPingMs: 2500,
  /** A busy machine may be silent for seconds: two such pings in a row end a connection. */
  pingTimeoutMs: 5000,
  /** When there is a reason to doubt (the node saw the device leave, ICE lost it), sooner. */
  doubtTimeoutMs: 1500,
  pingFailuresMax: 2,
  /** After a sleep or on another network: most links are dead then, and one that is not is soon made anew. */
  pingFailuresMaxAfterWake: 1
} as const

/** What devices said is kept for a while after their link, since links come and go: a room's worth, at a kilobyte each. */
const HELLOS_MAX = 500

export interface Links {
  readonly links: ReadonlySignal<ReadonlyMap<DeviceKey, PeerLink>>
  /** What the device has said in its hello. */
  setHello(device: DeviceKey, hello: Pick<PeerLink, 'passport' | 'protocol'>): void
  /** Recomputes the links, after a connection was marked as ending. */
  refresh(): void
  /** Asks at once whether a device is still there, e.g. when the rendezvous says that it left or came anew. */
  doubt(device: DeviceKey): void
  /** The machine slept or the network is another one: asks everybody. */
  wake(): void
}

export function createLinks ({ libp2p, isNode, scope }: { libp2p: MeshLibp2p, isNode: (peer: PeerId) => boolean, scope: Scope }): Links {
  const links = signal<ReadonlyMap<DeviceKey, PeerLink>>(new Map())
  const hellos = new Map<DeviceKey, Pick<PeerLink, 'passport' | 'protocol'>>()
  const latencies = new WeakMap<Connection, number>()
  const doubted = new Set<Connection>()

  const refresh = (): void => {
    const next = new Map<DeviceKey, PeerLink>()
    for (const connection of libp2p.getConnections()) {
      const device = isNode(connection.remotePeer) ? null : toDeviceKey(connection.remotePeer)
      if (device === null || !isUsable(connection)) continue
      const path = isDirectConnection(connection) ? 'direct' : 'relayed'
      if (next.get(device)?.path === 'direct' && path === 'relayed') continue
      const { passport = null, protocol = 'meets' } = hellos.get(device) ?? {}
      next.set(device, { device, path, latencyMs: latencies.get(connection) ?? null, passport, protocol })
    }
    for (const device of hellos.keys()) {
      if (hellos.size <= HELLOS_MAX) break
      if (!next.has(device)) hellos.delete(device)
    }
    if (!isSame(links.peek(), next)) links.value = next
  }

  /** Ends the connection when it answers none of so many pings. */
  const check = async (connection: Connection, timeoutMs: number, failuresMax: number = LINK_POLICY.pingFailuresMax): Promise<void> => {
    for (let failures = 0; connection.status === 'open' && !scope.signal.aborted;) {
      try {
        latencies.set(connection, await pingConnection(connection, AbortSignal.any([scope.signal, AbortSignal.timeout(timeoutMs)])))
        break
      } catch (error) {
        // A peer that says it has no ping has answered.
        if (error instanceof Error && error.name === 'UnsupportedProtocolError') break
        if (++failures < failuresMax) continue
        connection.abort(error instanceof Error ? error : new Error('no answer'))
        break
      }
    }
    refresh()
  }

  const doubtConnection = (connection: Connection, failuresMax?: number): void => {
    if (doubted.has(connection)) return
    doubted.add(connection)
    scope.run(check(connection, LINK_POLICY.doubtTimeoutMs, failuresMax).finally(() => doubted.delete(connection)))
  }

  /**
   * A relayed connection beside a direct one, or a second one since both ends dialled, is asked for once it is all there is, and one that nothing
   * goes over not at all: a ping through the node costs everybody most.
   */
  const isSpare = (connection: Connection): boolean => {
    const all = libp2p.getConnections(connection.remotePeer)
    return connection.limits !== undefined && (!isInUse(connection) || all.some(isDirectConnection) || all[0] !== connection)
  }

  const watch = (connection: Connection): void => {
    if (connection.status !== 'open') return
    const checked = isSpare(connection) ? Promise.resolve() : check(connection, LINK_POLICY.pingTimeoutMs)
    scope.run(checked.finally(() => scope.later(LINK_POLICY.pingEveryMs, () => watch(connection))))
  }

  const onOpen = ({ detail: connection }: CustomEvent<Connection>): void => {
    refresh()
    if (isNode(connection.remotePeer) || toDeviceKey(connection.remotePeer) === null) return
    if (connection.limits === undefined) watch(connection)
    else scope.later(LINK_POLICY.firstRelayedPingMs, () => watch(connection))
    onIceChange(connection, (isLost) => {
      refresh()
      if (isLost) doubtConnection(connection)
    })
  }
  const onClose = ({ detail: { remotePeer } }: CustomEvent<Connection>): void => {
    refresh()
    if (isNode(remotePeer)) return
    for (const left of libp2p.getConnections(remotePeer)) doubtConnection(left)
  }
  libp2p.addEventListener('connection:open', onOpen)
  libp2p.addEventListener('connection:close', onClose)
  scope.defer(() => {
    libp2p.removeEventListener('connection:open', onOpen)
    libp2p.removeEventListener('connection:close', onClose)
  })

  return {
    links,
    refresh,
    setHello (device, hello) {
      hellos.delete(device)
      hellos.set(device, hello)
      refresh()
    },
    doubt (device) {
      for (const connection of libp2p.getConnections(toPeerId(device))) doubtConnection(connection)
    },
    wake () {
      for (const connection of libp2p.getConnections()) {
        if (!isNode(connection.remotePeer)) doubtConnection(connection, LINK_POLICY.pingFailuresMaxAfterWake)
      }
    }
  }
}

function isSame (before: ReadonlyMap<DeviceKey, PeerLink>, after: ReadonlyMap<DeviceKey, PeerLink>): boolean {
  return after.size === before.size && [...after].every(([device, link]) => {
    const old = before.get(device)
    return old?.path === link.path && isSameLatency(old.latencyMs, link.latencyMs) && old.passport === link.passport && old.protocol === link.protocol
  })
}

/** Each check of each link measures a little more or less: nobody is told, since everything that shows links would be counted anew. */
function isSameLatency (before: number | null, after: number | null): boolean {
  if (before === null || after === null) return before === after
  return Math.abs(after - before) <= Math.max(10, before / 4)
}
