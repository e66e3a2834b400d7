/**
 * Bounds on relayed connections, which libp2p's relay has only in total for each: how many a device has, how fast it may send through
 * them, and how much may wait for a receiver that does not read. The relay itself copies without looking at either.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Stream, StreamHandler, StreamMiddleware } from '@libp2p/interface'
import type { DeviceKey } from '#shared/ids.ts'
import { toDeviceKey } from '#shared/wire/peer-id.ts'
import type { Limiter } from '../limits/index.ts'
import { createBrake, followReceiver, pace } from './pace.ts'

export const HOP_PROTOCOL = '/libp2p/circuit/relay/0.2.0/hop'
export const STOP_PROTOCOL = '/libp2p/circuit/relay/0.2.0/stop'

export interface Circuits {
  /** Wraps the relay's own handler of a device's stream to it. */
  hop(handler: StreamHandler): StreamHandler
  /** Runs on the stream that the relay opens to the other device. Throws when the first has too many circuits. */
  readonly stop: StreamMiddleware
}

export function createCircuits (limiter: Limiter): Circuits {
  // The relay opens the second stream while it handles the first: what ties the two together is that this is one asynchronous task.
  const dialling = new AsyncLocalStorage<{ stream: Stream, device: DeviceKey }>()
  return {
    hop: (handler) => async (stream, connection) => {
      const device = toDeviceKey(connection.remotePeer)
      if (device === null) stream.abort(new Error('unknown kind of key'))
      else await dialling.run({ stream, device }, async () => await handler(stream, connection))
    },
    stop (to, connection, next) {
      const from = dialling.getStore()
      const receiver = toDeviceKey(connection.remotePeer)
      if (from === undefined || receiver === null) throw new Error('a circuit without an end')
      const release = limiter.hold('circuits', from.device)
      if (release === null) throw new Error('too many circuits')
      from.stream.addEventListener('close', release)
      to.addEventListener('close', release)
      const backlog = limiter.max('relay-backlog')
      for (const { source, target, device } of [
        { source: from.stream, target: to, device: from.device }, { source: to, target: from.stream, device: receiver }
      ]) {
        const brake = createBrake(source)
        pace(source, brake, { limiter, device, limit: 'relayed-bytes' })
        followReceiver(source, target, brake, backlog)
      }
      next(to, connection)
    }
  }
}
