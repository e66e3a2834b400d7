/**
 * An offer that is made while the stream it goes over is still being opened, and is said right after this device's hello: two waits less
 * until somebody is heard. It is one connection's first offer, so it counts only when the machine lets that stream make the offers.
 */
import type { CallMessage } from '../protocols/call/index.ts'
import type { StreamId } from './machine.ts'
import type { MediaConnection } from './media/connection.ts'

export interface EarlyOffer {
  readonly stream: StreamId
  /** This device has said hello on the stream: the offer goes out, and what is to be sent later too. */
  said(send: (message: CallMessage) => void): void
  /** The connection is somebody's from now on. Rejects when it could not be made. */
  take(): Promise<MediaConnection>
  /** Closes the connection unless it was taken. */
  drop(): void
}

export function makeEarlyOffer (stream: StreamId, create: (send: (message: CallMessage) => void) => Promise<MediaConnection>): EarlyOffer {
  const unsaid: CallMessage[] = []
  let isTaken = false
  const made = create((message) => { unsaid.push(message) })
  // Whoever takes it is told.
  made.catch(() => undefined)
  return {
    stream,
    said (send) {
      made.then((connection) => {
        for (const message of unsaid.splice(0)) send(message)
        connection.attach(send)
      }, () => undefined)
    },
    async take () {
      isTaken = true
      return await made
    },
    drop () {
      if (!isTaken) made.then((connection) => connection.close(), () => undefined)
    }
  }
}
