/**
 * Nothing before the hello: every protocol of the node but the few that a guest needs waits, unread, until the device at the other end has
 * shown a valid passport. What waits is bounded by the streams, bytes and seconds of a guest (`guests.ts`).
 */
import type { Connection, PeerId, Stream, StreamHandler, Topology } from '@libp2p/interface'
import type { Registrar } from '@libp2p/interface-internal'
import { FIRST_HELLO_PROTOCOL, HELLO_PROTOCOL } from '#shared/wire/hello.ts'
import { PING_PROTOCOL } from '#shared/wire/ping.ts'
import { RENDEZVOUS_PROTOCOL } from '#shared/wire/rendezvous.ts'

/** RULE: all that a guest is served. Identify tells it what the node speaks, pings keep the connection watched. */
const OPEN_TO_GUESTS: ReadonlySet<string> = new Set([
  HELLO_PROTOCOL, FIRST_HELLO_PROTOCOL, '/ipfs/id/1.0.0', PING_PROTOCOL
])
/** The rendezvous reads nothing from a device without a passport, but tells it that it is denied. */
const TELLS_REFUSED: ReadonlySet<string> = new Set([RENDEZVOUS_PROTOCOL])

/** Whether a connection's device has shown a passport; a promise while it has not said hello, that resolves when it has or is gone. */
export type Admission = (connection: Connection) => boolean | Promise<boolean>

/** Adds to what handles the streams of a protocol, behind the gate. */
export type WrapHandler = (protocol: string, handler: StreamHandler) => StreamHandler

/**
 * Puts the gate before everything that is registered from now on. libp2p's own `registrar.use` is for one protocol at a time, and adds the
 * protocol's handler to the list it was given once more with each stream (libp2p 3.3).
 */
export function guardRegistrar (registrar: Registrar, admission: Admission, wrap: WrapHandler): void {
  const handle = registrar.handle.bind(registrar), register = registrar.register.bind(registrar)
  registrar.handle = async (protocol, handler, options) =>
    await handle(protocol, OPEN_TO_GUESTS.has(protocol) ? handler : gated(wrap(protocol, handler), admission, TELLS_REFUSED.has(protocol)), options)
  registrar.register = async (protocol, topology) => await register(protocol, gatedTopology(topology, admission))
}

function gated (handler: StreamHandler, admission: Admission, tellsRefused: boolean): StreamHandler {
  return async (stream, connection) => {
    const verdict = admission(connection)
    if (typeof verdict !== 'boolean') await serveLater(stream, verdict)
    else if (!verdict && !tellsRefused) stream.abort(new Error('no passport'))
    else await handler(stream, connection)

    async function serveLater (waiting: Stream, pending: Promise<boolean>): Promise<void> {
      // Unread, it holds no more than the window that Yamux gave its sender.
      if (waiting.readStatus === 'readable') waiting.pause()
      const isAdmitted = await pending
      if (waiting.status !== 'open') return
      if (!isAdmitted && !tellsRefused) {
        waiting.abort(new Error('no passport'))
        return
      }
      const served = handler(waiting, connection)
      if (waiting.readStatus === 'paused') waiting.resume()
      await served
    }
  }
}

/** Our own streams to a device, gossip's, are opened when it may have them. */
function gatedTopology (topology: Topology, admission: Admission): Topology {
  const connect = (peer: PeerId, connection: Connection): void => {
    if (connection.status === 'open') Promise.resolve(topology.onConnect?.(peer, connection)).catch(() => undefined)
  }
  return {
    ...topology,
    onConnect (peer, connection) {
      const verdict = admission(connection)
      if (verdict === true) connect(peer, connection)
      else if (verdict !== false) verdict.then((isAdmitted) => { if (isAdmitted) connect(peer, connection) }).catch(() => undefined)
    }
  }
}
