/**
 * Bounds on relayed connections, which libp2p's relay has only in total for each: how many a device has, how fast it may send through
 * them, and how much may wait for a receiver that does not read. The relay itself copies without looking at any of it.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Stream, StreamHandler, StreamMiddleware } from '@libp2p/interface'
import type { AccountId, DeviceKey } from '#shared/ids.ts'
import { toDeviceKey } from '#shared/wire/peer-id.ts'
import type { Limiter } from '../limits/index.ts'
import { createHeldBytes } from './held-bytes.ts'
import { createBrake, followReceiver, pace, PIECE_BYTES } from './pace.ts'

export const HOP_PROTOCOL = '/libp2p/circuit/relay/0.2.0/hop'
export const STOP_PROTOCOL = '/libp2p/circuit/relay/0.2.0/stop'

export interface Circuits {
  /** Wraps the relay's own handler of a device's stream to it. */
  hop(handler: StreamHandler): StreamHandler
  /** Runs on the stream that the relay opens to the other device. Throws when either has too many circuits. */
  readonly stop: StreamMiddleware
}

/** A device's stream to the relay; `isJoined` when it has become one end of a circuit. */
interface Request { stream: Stream, device: DeviceKey, isJoined: boolean }

/** @param options.accountOf whose passport a connected device has shown */
export function createCircuits ({ limiter, accountOf }: { limiter: Limiter, accountOf: (device: DeviceKey) => AccountId | null }): Circuits {
  // The relay opens the second stream while it handles the first: what ties the two together is that this is one asynchronous task.
  const dialling = new AsyncLocalStorage<Request>()
  const held = createHeldBytes(limiter)
  return {
    hop: (handler) => async (stream, connection) => {
      const device = toDeviceKey(connection.remotePeer)
      if (device === null) {
        stream.abort(new Error('unknown kind of key'))
        return
      }
      const request: Request = { stream, device, isJoined: false }
      boundRequest(request, limiter)
      await dialling.run(request, async () => await handler(stream, connection))
    },
    stop (to, connection, next) {
      const from = dialling.getStore()
      const receiver = toDeviceKey(connection.remotePeer)
      const account = from === undefined ? null : accountOf(from.device)
      const receivingAccount = receiver === null ? null : accountOf(receiver)
      if (from === undefined || receiver === null || account === null || receivingAccount === null) throw new Error('a circuit without an end')
      if (from.stream.status !== 'open') throw new Error('the device has given up')
      const releaseReceived = limiter.hold('circuits-received', receiver)
      if (releaseReceived === null) throw new Error('too many circuits to this device')
      to.addEventListener('close', releaseReceived)
      const release = limiter.holdAll([
        ['circuits-to-one', `${from.device} ${receiver}`], ['circuits', from.device], ['circuits-of-account', account]
      ])
      if (release === null) throw new Error('too many circuits')
      // Only its own end, or receivers that never close theirs could use up the places of a device.
      from.stream.addEventListener('close', release)
      from.isJoined = true
      const end = (reason: string): void => {
        for (const stream of [from.stream, to]) stream.abort(new Error(reason))
      }
      for (const { source, target, ...sending } of [
        { source: from.stream, target: to, device: from.device, account, receiver },
        { source: to, target: from.stream, device: receiver, account: receivingAccount, receiver: from.device }
      ]) {
        const brake = createBrake(source)
        const share = held.open({ ...sending, end })
        whenBothClosed(from.stream, to, () => share.close())
        pace(source, brake, { limiter, device: sending.device, limit: 'relayed-bytes' })
        followReceiver(source, target, brake, {
          share, maxBytes: limiter.max('relay-backlog'),
          standstillMs: limiter.max('relay-standstill'),
          onStandstill () {
            limiter.refuse('relay-standstill')
            end('the receiver takes nothing')
          }
        })
      }
      next(to, connection)
    }
  }
}

/** The relay keeps what it is sent until it has understood it, and what follows a reservation for as long as the stream is open. */
function boundRequest (request: Request, limiter: Limiter): void {
  const { stream } = request
  let left = limiter.max('relay-requests')
  stream.addEventListener('message', ({ data }) => {
    if (request.isJoined || (left -= data.byteLength + PIECE_BYTES) >= 0) return
    limiter.refuse('relay-requests')
    // After those who still read of this piece.
    queueMicrotask(() => stream.abort(new Error('this is no request')))
  })
}

function whenBothClosed (one: Stream, other: Stream, run: () => void): void {
  let open = 2
  for (const stream of [one, other]) stream.addEventListener('close', () => { if (--open === 0) run() }, { once: true })
}
