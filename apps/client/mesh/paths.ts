/** Tells whether a connection is a direct path that works, and whether anything goes over it. */
import type { Connection } from '@libp2p/interface'

/** Connections about to be closed. */
const ending = new WeakSet<Connection>()

export function setEnding (connection: Connection, isEnding: boolean): void {
  if (isEnding) ending.add(connection)
  else ending.delete(connection)
}

/** A relayed connection has limits; a direct one has none. */
export const isDirect = (connection: Connection): boolean =>
  connection.limits === undefined && connection.status === 'open'

/**
 * RULE: a connection that ICE has lost, or that one end is closing, carries nothing new. libp2p keeps it open until ICE gives
 * up, which takes Chromium up to twenty seconds.
 */
export const isUsable = (connection: Connection): boolean => {
  const ice = peerConnectionOf(connection)?.connectionState
  return connection.status === 'open' && !ending.has(connection) && (ice === undefined || !LOST.has(ice))
}

export const isDirectConnection = (connection: Connection): boolean => isDirect(connection) && isUsable(connection)

const LOST: ReadonlySet<RTCPeerConnectionState> = new Set<RTCPeerConnectionState>(['disconnected', 'failed', 'closed'])

/** The peer connection is not public: without it the regular pings notice, a little later. */
const peerConnectionOf = (connection: Connection): RTCPeerConnection | undefined =>
  (connection as unknown as { maConn?: { peerConnection?: RTCPeerConnection } }).maConn?.peerConnection

/** Reports each change of a direct path's state. After about five seconds of silence it is lost, and may come back. */
export function onIceChange (connection: Connection, listener: (isLost: boolean) => void): void {
  const peerConnection = peerConnectionOf(connection)
  peerConnection?.addEventListener('connectionstatechange', () => listener(LOST.has(peerConnection.connectionState)))
}

/** Protocols of the link's own upkeep: their streams do not show that anyone needs it. */
const UPKEEP = ['/meshsub/', '/ipfs/ping/', '/ipfs/id/', '/parley/hello/', '/parley/link-end/']

/** Whether closing the connection would interrupt something, e.g. a call's signals, a file or a sync. */
export const isInUse = (connection: Connection): boolean =>
  connection.streams.some(({ protocol }) => !UPKEEP.some((prefix) => protocol.startsWith(prefix)))
