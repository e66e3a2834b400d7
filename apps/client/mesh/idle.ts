/**
 * Closes relayed connections that nothing goes over: each costs the node memory, and kept between all pairs of a room they
 * would cost it most of what it has. `Dialing.reach` makes another one when it is needed.
 */
import type { Connection, PeerId } from '@libp2p/interface'
import type { Scope } from '../state/scope.ts'
import type { MeshLibp2p } from './libp2p.ts'
import { isInUse } from './paths.ts'

/** Longer than a call or a sync pauses. */
export const RELAYED_IDLE_MS = 30_000
const LOOKS_PER_IDLE_TIME = 4

export function closeIdle ({ libp2p, isNode, idleMs, scope }: {
  libp2p: MeshLibp2p
  isNode: (peer: PeerId) => boolean
  idleMs: number
  scope: Scope
}): void {
  const watch = (connection: Connection, idleLooks: number): void => {
    if (connection.status !== 'open') return
    const looks = isInUse(connection) ? 0 : idleLooks + 1
    // The end that dialled closes: if both did at once, one of them might interrupt what the other has just begun.
    const isOver = looks > LOOKS_PER_IDLE_TIME * (connection.direction === 'outbound' ? 1 : 2)
    if (isOver) scope.run(connection.close())
    else scope.later(idleMs / LOOKS_PER_IDLE_TIME, () => watch(connection, looks))
  }
  const onOpen = ({ detail: connection }: CustomEvent<Connection>): void => {
    if (connection.limits !== undefined && !isNode(connection.remotePeer)) watch(connection, 0)
  }
  libp2p.addEventListener('connection:open', onOpen)
  scope.defer(() => libp2p.removeEventListener('connection:open', onOpen))
}
