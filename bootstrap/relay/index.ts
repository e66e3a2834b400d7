/**
 * The node's place in the mesh: relay for those who cannot be reached directly, rendezvous for those who look for each other, and a hub in
 * each room's gossip topic, so that relayed members hear it too. It carries sealed frames and can open none.
 *
 * Flow: HTTP upgrade → libp2p → hello (passport) → rendezvous, relayed links, gossip; the mailbox mounts its protocol by `handle`.
 *
 * @example
 *   const relay = await createRelay({ dataDir, httpServer, publicUrl, verifyPassport, limiter, clientAddress, mayConnectFrom })
 *   relay.handle('/parley/sync/1', (stream, device) => mailbox.serve(stream, device))
 */
import type { IncomingMessage, Server } from 'node:http'
import type { Connection } from '@libp2p/interface'
import type { PassportClaims } from '#shared/http/passport.ts'
import type { AccountId, DeviceKey, RoomTag } from '#shared/ids.ts'
import { PROTOCOL, type ProtocolRange } from '#shared/protocol.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { FIRST_HELLO_PROTOCOL, HELLO_MAX_BYTES, HELLO_PROTOCOL } from '#shared/wire/hello.ts'
import { createFrameStream } from '#shared/wire/libp2p-frame-stream.ts'
import { toDeviceKey, toPeerId } from '#shared/wire/peer-id.ts'
import { RENDEZVOUS_PROTOCOL } from '#shared/wire/rendezvous.ts'
import type { Limiter } from '../limits/index.ts'
import { addressOf } from './address-of.ts'
import { createGuests, type Guests } from './guests.ts'
import { loadRelayKey } from './key.ts'
import { createRelayLibp2p } from './libp2p.ts'
import { createRendezvous, type Rendezvous, type RendezvousGuest, type RoomKeySource } from './rendezvous.ts'
import { createSockets } from './sockets.ts'
import { createTopics, type GossipVerdict } from './topics.ts'

export type { GossipVerdict } from './topics.ts'

export interface RelayOptions {
  dataDir: string
  httpServer: Server
  /** What clients reach the node by, e.g. `https://parley.example`. */
  publicUrl: () => string
  verifyPassport: (jwt: string, device: DeviceKey) => Promise<PassportClaims | null>
  limiter: Limiter
  /** The address an upgrade request comes from, past trusted proxies. */
  clientAddress: (request: IncomingMessage) => string
  /** Whether pages of an origin may connect from a browser. */
  mayConnectFrom: (origin: string) => boolean
  /** How often devices are asked for a sign of life, and looked at whether one came. */
  lookEveryMs?: number
  /** Other versions than those that this build speaks: for tests. */
  protocol?: ProtocolRange
  log?: { debug(details: object, message: string): void, info(details: object, message: string): void }
}

export interface Relay {
  readonly peerId: string
  /** Raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array<ArrayBuffer>
  /** Where clients dial, ending in `/p2p/<peer id>`. */
  multiaddrs(): string[]
  /** False when no connection reaches it, though the process is alive. */
  isListening(): boolean
  /** Places that are taken, one for each device that others can reach through this relay. */
  reservationCount(): number
  /** Open connections, of guests too. */
  connectionCount(): number
  /** Connections of devices that have shown no passport that is valid now. */
  guestCount(): number
  /** Claims of the passport a connected device has shown; null when it showed none that is valid. */
  claimsOf(device: DeviceKey): PassportClaims | null
  /** Whether a device is registered in a room. */
  isRegistered(room: RoomTag, device: DeviceKey): boolean
  /** Serves a stream protocol for devices that have shown a passport. */
  handle(protocol: string, handler: (stream: FrameStream, device: DeviceKey) => Promise<void>, options?: { maxFrameBytes?: number }): Promise<void>
  /** Who judges the gossip of rooms; without one, all that a known device sends within the limit is passed on. */
  setRoomValidator(validate: (room: RoomTag, frame: Uint8Array, from: DeviceKey) => Promise<GossipVerdict>): void
  /** By which keys rooms are known; without it, none is. */
  setRoomKeys(source: RoomKeySource): void
  /** A room is known by this access key (hex) from now on. */
  settleRoom(room: RoomTag, key: string): void
  /** Disconnects a device whose passport is not good any more, at once. @param id the thumbprint that the passport is bound to */
  signOut(id: string): void
  stop(): Promise<void>
}

type Handler = (stream: FrameStream, device: DeviceKey, connection: Connection) => Promise<void>

/** A device that falls silent is given up after three to four of these, and is shown to others as gone within a minute. */
const LOOK_EVERY_MS = 15_000

export async function createRelay (options: RelayOptions): Promise<Relay> {
  const { dataDir, httpServer, publicUrl, verifyPassport, limiter, clientAddress, mayConnectFrom, lookEveryMs = LOOK_EVERY_MS, log, protocol = PROTOCOL } = options
  const privateKey = await loadRelayKey(dataDir)
  const publicKey = new Uint8Array(privateKey.publicKey.raw)
  const sockets = createSockets({ limiter, clientAddress, mayConnectFrom, lookEveryMs })
  const libp2p = await createRelayLibp2p({
    privateKey, limiter,
    publicAddress: toMultiaddr(publicUrl()),
    transport: sockets.transport,
    pingEveryMs: lookEveryMs,
    admission: (connection) => guests.admission(connection),
    backlogMaxBytes: limiter.max('socket-backlog'),
    accountOf: (device) => guests.claimsOf(device)?.sub as AccountId | undefined ?? null
  })
  const guests: Guests = createGuests({
    libp2p, verifyPassport, limiter, protocol, ...(log === undefined ? {} : { log }),
    deadlineMs: limiter.max('guest-time'),
    onAdmitted: (device) => { for (const connection of libp2p.getConnections(toPeerId(device))) sockets.admitted(connection) }
  })
  const hasPassport = (device: DeviceKey): boolean => guests.claimsOf(device) !== null
  let validateRoom: Parameters<Relay['setRoomValidator']>[0] = () => Promise.resolve('accept')
  let roomKeys: RoomKeySource = { keysOf: () => Promise.resolve(new Map()), onProven: () => {} }
  const topics = createTopics({
    libp2p, limiter, hasPassport,
    isRegistered: (room, device) => rendezvous.isIn(room, device),
    judge: async (room, frame, from) => await validateRoom(room, frame, from)
  })
  const rendezvous: Rendezvous = createRendezvous({
    node: publicKey,
    limiter,
    rooms: { keysOf: async (rooms) => await roomKeys.keysOf(rooms), onProven: (device, room) => roomKeys.onProven(device, room) },
    onRoom: (room, isUsed) => topics.use(room, isUsed),
    onEntered: (room, device) => topics.entered(room, device),
    onLeft: (room, device) => topics.left(room, device)
  })
  const rendezvousGuestOf = (device: DeviceKey, connection: Connection): RendezvousGuest | null => {
    const claims = guests.claimsOf(device)
    return claims === null ? null : { device, account: claims.sub as AccountId, address: addressOf(connection) }
  }

  const handle = async (protocol: string, handler: Handler, maxFrameBytes?: number): Promise<void> => {
    await libp2p.handle(protocol, (stream, connection) => {
      const device = toDeviceKey(connection.remotePeer)
      if (device === null) {
        stream.abort(new Error('unknown kind of key'))
        return
      }
      const frames = createFrameStream(stream, maxFrameBytes === undefined ? {} : { maxFrameBytes })
      handler(frames, device, connection).catch((error: unknown) => {
        log?.debug({ protocol, reason: error instanceof Error ? error.message : 'unknown' }, 'stream dropped')
        frames.abort(error instanceof Error ? error : new Error('stream failed'))
      })
    }, { maxInboundStreams: limiter.max('streams-of-protocol') })
  }
  for (const hello of [HELLO_PROTOCOL, FIRST_HELLO_PROTOCOL]) {
    await handle(hello, async (stream, device) => await guests.greet(stream, device), HELLO_MAX_BYTES)
  }
  await handle(RENDEZVOUS_PROTOCOL, async (stream, device, connection) => await rendezvous.serve(stream, rendezvousGuestOf(device, connection)))

  await libp2p.start()
  const stopServing = sockets.serve(httpServer)
  return {
    peerId: libp2p.peerId.toString(),
    publicKey,
    multiaddrs: () => [`${toMultiaddr(publicUrl())}/p2p/${libp2p.peerId.toString()}`],
    isListening: () => libp2p.status === 'started',
    reservationCount: () => libp2p.services.relay.reservations.size,
    connectionCount: () => libp2p.getConnections().length,
    guestCount: () => guests.count(),
    claimsOf: (device) => guests.claimsOf(device),
    isRegistered: (room, device) => rendezvous.isIn(room, device),
    handle: async (protocol, handler, { maxFrameBytes } = {}) => await handle(protocol, async (stream, device) => {
      if (!hasPassport(device)) throw new Error('no passport')
      await handler(stream, device)
    }, maxFrameBytes),
    setRoomValidator: (validate) => { validateRoom = validate },
    setRoomKeys: (source) => { roomKeys = source },
    settleRoom: (room, key) => rendezvous.settle(room, key),
    signOut: (id) => guests.signOut(id),
    async stop () {
      stopServing()
      guests.stop()
      await libp2p.stop()
    }
  }
}

/** The public address as clients dial it. @throws {TypeError} when `publicUrl` is no http(s) URL */
export function toMultiaddr (publicUrl: string): string {
  const { hostname, port, protocol } = new URL(publicUrl)
  const host = hostname.replace(/^\[|\]$/g, '')
  const kind = host.includes(':') ? 'ip6' : /^\d+\.\d+\.\d+\.\d+$/.test(host) ? 'ip4' : 'dns'
  const isSecure = protocol === 'https:'
  return `/${kind}/${host}/tcp/${port === '' ? (isSecure ? '443' : '80') : port}/${isSecure ? 'tls/ws' : 'ws'}`
}
