/** Streams of our protocols over the best connection there is. */
import type { Connection, PeerId } from '@libp2p/interface'
import type { DeviceKey } from '#shared/ids.ts'
import { WireError } from '#shared/wire/cbor.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { createFrameStream } from '#shared/wire/libp2p-frame-stream.ts'
import { toDeviceKey, toPeerId } from '#shared/wire/peer-id.ts'
import { streamBudgetOf } from '../budgets.ts'
import type { Scope } from '../state/scope.ts'
import type { MeshLibp2p } from './libp2p.ts'
import { isDirectConnection, isUsable } from './paths.ts'
import type { PeerBudgets } from './peer-budgets.ts'
import type { Mesh } from './types.ts'

const OPEN_TIMEOUT_MS = 15_000
/** Of one protocol on one connection, in each direction: a sync per room at once, for somebody in many rooms. */
const STREAMS_PER_PROTOCOL = 64

class PathEnded extends Error {}

export interface Streams {
  open: Mesh['open']
  handle(protocol: string, handler: (stream: FrameStream, remote: DeviceKey) => Promise<void>, maxFrameBytes?: number): () => void
}

export function createStreams ({ libp2p, reach, nodePeer, scope, budgets, drop }: {
  libp2p: MeshLibp2p
  reach: (device: DeviceKey, signal: AbortSignal) => Promise<void>
  nodePeer: () => PeerId | null
  scope: Scope
  budgets: PeerBudgets
  drop: (reason: string) => void
}): Streams {
  const openOn = async (connection: Connection, protocol: string, signal: AbortSignal): ReturnType<Connection['newStream']> =>
    await connection.newStream(protocol, { signal, runOnLimitedConnection: true, maxOutboundStreams: STREAMS_PER_PROTOCOL })

  return {
    async open (remote, protocol, { signal, maxFrameBytes }) {
      const peer = remote === 'node' ? nodePeer() : toPeerId(remote)
      if (peer === null) throw new Error('the node is not reachable')
      const within = AbortSignal.any([signal, scope.signal, AbortSignal.timeout(OPEN_TIMEOUT_MS)])
      const openOnBest = async (): ReturnType<Connection['newStream']> => {
        if (remote !== 'node') await reach(remote, within)
        const connections = libp2p.getConnections(peer).filter(isUsable)
        const best = connections.find(isDirectConnection) ?? connections[0]
        if (best === undefined) throw new Error(remote === 'node' ? 'the node is not reachable' : 'the device is not reachable')
        try {
          return await openOn(best, protocol, within)
        } catch (error) {
          throw isUsable(best) ? error : new PathEnded('the connection ended meanwhile', { cause: error })
        }
      }
      // An idle connection may be closed by the other end in the moment in which it is needed again.
      const stream = await openOnBest().catch(async (error: unknown) => {
        if (!(error instanceof PathEnded) || remote === 'node') throw error
        return await openOnBest()
      })
      return createFrameStream(stream, maxFrameBytes === undefined ? {} : { maxFrameBytes })
    },
    handle (protocol, handler, maxFrameBytes) {
      const registered = libp2p.handle(protocol, (stream, connection) => {
        const device = toDeviceKey(connection.remotePeer)
        if (device === null) {
          drop('stream-from-stranger')
          stream.abort(new Error('unknown kind of key'))
          return
        }
        if (!budgets.take(streamBudgetOf(protocol), device)) {
          stream.abort(new Error('too many streams'))
          return
        }
        const frames = createFrameStream(stream, maxFrameBytes === undefined ? {} : { maxFrameBytes })
        handler(frames, device).catch((error: unknown) => {
          drop(error instanceof WireError ? error.reason : 'stream-failed')
          frames.abort(error instanceof Error ? error : new Error('stream failed'))
        })
      }, { runOnLimitedConnection: true, maxInboundStreams: STREAMS_PER_PROTOCOL })
      scope.run(registered)
      return () => scope.run(registered.then(async () => await libp2p.unhandle(protocol)))
    }
  }
}
