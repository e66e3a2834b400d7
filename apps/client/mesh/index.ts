/**
 * The mesh: this device among others. Links to the node and to members, streams over them, and a gossip topic for each room.
 *
 * Flow: node link (relay, hello, rendezvous) → who is there → links to members, direct where possible → streams and gossip.
 *
 * @example
 *   const mesh = await createMesh({ device, relayAddrs, passport, verifyPassport })
 *   await mesh.start()
 *   const room = mesh.enterRoom(tag, { isMember, validate, keys, invites })
 *   await room.publish(frame)
 */
import { computed, effect, signal } from '@preact/signals-core'
import type { Connection, PeerId } from '@libp2p/interface'
import type { PassportClaims } from '#shared/http/passport.ts'
import type { DeviceKey } from '#shared/ids.ts'
import { ParleyError } from '#shared/errors.ts'
import type { ProtocolRange } from '#shared/protocol.ts'
import { WireError } from '#shared/wire/cbor.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { FIRST_HELLO_PROTOCOL, HELLO_MAX_BYTES, HELLO_PROTOCOL } from '#shared/wire/hello.ts'
import { toDeviceKey, toPeerId } from '#shared/wire/peer-id.ts'
import { RENDEZVOUS_PROTOCOL } from '#shared/wire/rendezvous.ts'
import type { BudgetName } from '../budgets.ts'
import { answerHello, sayHello, type HeardHello, type HelloOptions } from '../protocols/hello/index.ts'
import { createRendezvousClient } from '../protocols/rendezvous/index.ts'
import { createScope } from '../state/scope.ts'
import { createDialing } from './dialing.ts'
import { createGater } from './gater.ts'
import { createGossip } from './gossip.ts'
import { closeIdle, RELAYED_IDLE_MS } from './idle.ts'
import { createMeshLibp2p, type MeshLibp2p } from './libp2p.ts'
import { createLinkKeeping, type LinkKeeping } from './link-keeping.ts'
import { createLinks } from './links.ts'
import { createPeerBudgets } from './peer-budgets.ts'
import { createNodeLink, type NodeLink } from './node-link.ts'
import { isDirect } from './paths.ts'
import { createRoomMeshes, type RoomMeshes } from './room-mesh.ts'
import { createStreams } from './streams.ts'
import type { Mesh, Remote } from './types.ts'

export type { Mesh } from './types.ts'

const LOOK_UP_TIMEOUT_MS = 10_000
/** The rendezvous stream ended and the connection stands: a moment, so that a node in trouble is not pressed. */
const REATTACH_DELAY_MS = 1000

export interface MeshOptions {
  /** Ed25519; the private half may be non-extractable. */
  keyPair: CryptoKeyPair
  localKey: DeviceKey
  relayAddrs: () => Promise<string[]>
  /** The passport as it is now; null when there is none. */
  passport: () => string | null
  verifyPassport: (jwt: string, device: DeviceKey) => Promise<PassportClaims | null>
  iceServers?: RTCIceServer[]
  /** With whom no direct link is made; `reviewLinks` when an answer has changed. */
  isHiddenFrom?: (device: DeviceKey) => boolean
  /** How long a relayed connection stands that nothing goes over. */
  relayedIdleMs?: number
  /** The node does not accept this device's passport: it has expired, or the device was signed out. */
  onDenied?: () => void
  /** Other versions than those that this build speaks: for tests. */
  protocol?: ProtocolRange
}

/** A mesh over libp2p, and what it runs on: for tests and benches; nobody else looks beneath. */
export interface Libp2pMesh extends Mesh { readonly libp2p: MeshLibp2p }

export async function createMesh (options: MeshOptions): Promise<Libp2pMesh> {
  const dropped = new Map<string, number>()
  const drop = (reason: string): void => { dropped.set(reason, (dropped.get(reason) ?? 0) + 1) }
  const scope = createScope(() => drop('mesh-job-failed'))
  const mismatch = signal<'client-too-old' | 'node-too-old' | null>(null)
  const isHiddenFrom = (device: DeviceKey): boolean => options.isHiddenFrom?.(device) ?? false
  const isHiddenFromPeer = (peer: PeerId): boolean => {
    const device = toDeviceKey(peer)
    return device === null || isHiddenFrom(device)
  }
  const budgets = createPeerBudgets({
    scope, drop,
    onIgnored: disconnect,
    onHeardAgain: (device) => dialing.forgive(device)
  })
  const nodePeer = (): PeerId | null => nodeLink.relay.peek()?.peerId ?? null
  const libp2p: MeshLibp2p = await createMeshLibp2p({
    isHiddenFrom: isHiddenFromPeer,
    nodePeer,
    keyPair: options.keyPair,
    iceServers: options.iceServers ?? [],
    mayShakeHands: (peer) => mayTake('direct-links', peer),
    gater: createGater({
      relayAddress: () => nodeLink.relay.peek()?.address ?? null,
      isIgnored: (peer) => budgets.isIgnored(remoteOf(peer) ?? 'node'),
      mayConnect: (peer) => mayTake('connections', peer)
    })
  })

  const nodeLink: NodeLink = createNodeLink({ libp2p, relayAddrs: options.relayAddrs, scope, onConnected: greetNode })
  const isNode = (peer: PeerId): boolean => nodePeer()?.equals(peer) ?? false
  const remoteOf = (peer: PeerId): Remote | null => isNode(peer) ? 'node' : toDeviceKey(peer)
  const links = createLinks({ libp2p, isNode, scope })
  closeIdle({ libp2p, isNode, idleMs: options.relayedIdleMs ?? RELAYED_IDLE_MS, scope })
  const dialing = createDialing({
    libp2p, scope, isHiddenFrom,
    localKey: options.localKey,
    relayAddress: () => nodeLink.status.peek() === 'online' ? nodeLink.relay.peek()?.address ?? null : null,
    onFailure (device) {
      drop('dial-failed')
      keeping.failed(device)
    }
  })
  const gossip = createGossip({
    libp2p, scope, budgets, drop, remoteOf,
    node: nodeLink.status,
    onPeersChanged: () => rooms.update()
  })
  const rendezvous = createRendezvousClient({
    localKey: options.localKey,
    nodeKey: () => nodePeer()?.publicKey?.raw ?? null,
    refused: (reason) => drop(`rendezvous-refused-${reason}`),
    peers (room, devices) {
      rooms.setRegistered(room, devices)
    },
    arrived (room, device) {
      // A device that comes anew while it is linked has restarted: the old link is dead and nobody says so.
      links.doubt(device)
      dialing.forgive(device)
      rooms.arrived(room, device)
    },
    left (room, device) {
      links.doubt(device)
      rooms.left(room, device)
    },
    denied () {
      drop('rendezvous-denied')
      options.onDenied?.()
    },
    ended (_error, isDenied) {
      rooms.forgetRegistered()
      // Without a passport it would only be denied again: `showPassport` tries then.
      if (!isDenied) scope.later(REATTACH_DELAY_MS, () => scope.run(attachRendezvous()))
    }
  })
  const streams = createStreams({ libp2p, reach: (device, signal) => dialing.reach(device, signal), nodePeer, scope, budgets, drop })
  const keeping: LinkKeeping = createLinkKeeping({
    libp2p, isNode, dialing, streams, scope, drop,
    roomsOf: (device) => rooms.sharedWith(device),
    othersIn: (room) => rooms.linkable(room),
    onEnding: () => links.refresh()
  })
  const rooms: RoomMeshes = createRoomMeshes({
    gossip, keeping, isHiddenFrom, drop,
    isLinked: (device) => links.links.peek().has(device),
    onRoomsChanged: () => rendezvous.setRooms(rooms.all()),
    onRefreshed: (tag) => rendezvous.refresh(tag)
  })

  async function greetNode (relay: PeerId): Promise<void> {
    await greet(relay)
    await attachRendezvous()
  }

  async function attachRendezvous (): Promise<void> {
    const relay = nodeLink.relay.peek()?.peerId
    if (rendezvous.isAttached() || relay === undefined || libp2p.getConnections(relay).length === 0) return
    await rendezvous.attach(await streams.open('node', RENDEZVOUS_PROTOCOL, { signal: scope.signal }))
  }

  const helloOf = (device: DeviceKey): HelloOptions => ({
    passport: options.passport(),
    verify: async (jwt) => await options.verifyPassport(jwt, device),
    ...(options.protocol === undefined ? {} : { protocol: options.protocol })
  })

  async function greet (peer: PeerId): Promise<void> {
    const device = toDeviceKey(peer)
    if (device === null) return
    const heard = await sayHelloTo(peer, device, HELLO_PROTOCOL).catch(async (error: unknown) => {
      if (!(error instanceof Error) || error.name !== 'UnsupportedProtocolError') throw error
      return await sayHelloTo(peer, device, FIRST_HELLO_PROTOCOL)
    })
    if (!isNode(peer)) onHello(device, heard)
    else judgeNode(heard)
  }

  /** A node that does not understand this version serves nothing: better to say so than to try for ever. */
  function judgeNode (heard: HeardHello | null): void {
    mismatch.value = heard === null || heard.match === 'meets' ? null : heard.match === 'peer-too-old' ? 'node-too-old' : 'client-too-old'
    if (mismatch.value !== null) throw new ParleyError(mismatch.value)
  }

  function onHello (device: DeviceKey, heard: HeardHello | null): void {
    if (heard !== null && heard.match !== 'meets') drop(`hello-${heard.match}`)
    links.setHello(device, { passport: heard?.claims ?? null, protocol: heard?.match ?? 'meets' })
  }

  async function sayHelloTo (peer: PeerId, device: DeviceKey, protocol: string): Promise<HeardHello | null> {
    const stream = await streams.open(isNode(peer) ? 'node' : device, protocol, { signal: scope.signal, maxFrameBytes: HELLO_MAX_BYTES })
    try {
      return await sayHello(stream, { ...helloOf(device), isFirstForm: protocol === FIRST_HELLO_PROTOCOL })
    } catch (error) {
      stream.abort(error instanceof Error ? error : new Error('hello failed'))
      endIfHostile(peer, error)
      throw error
    }
  }

  function mayTake (budget: BudgetName, peer: PeerId): boolean {
    const device = toDeviceKey(peer)
    return device !== null && budgets.take(budget, device)
  }

  /** Ends every link with a device: decoding what it goes on to send would cost as much as before. */
  function disconnect (device: DeviceKey): void {
    for (const connection of libp2p.getConnections(toPeerId(device))) connection.abort(new Error('it sends too much'))
  }

  /** Whoever cannot say hello speaks no protocol of ours. */
  function endIfHostile (peer: PeerId, error: unknown): void {
    if (!(error instanceof WireError) || error.reason === 'timeout') return
    drop(`hello-${error.reason}`)
    // Another error: what is aborted with it on other streams is not malformed.
    for (const connection of libp2p.getConnections(peer)) connection.abort(new Error('no hello'))
  }

  const onHelloStream = async (stream: FrameStream, device: DeviceKey): Promise<void> => {
    try {
      onHello(device, await answerHello(stream, helloOf(device)))
    } catch (error) {
      stream.abort(error instanceof Error ? error : new Error('hello failed'))
      endIfHostile(toPeerId(device), error)
    }
  }
  for (const protocol of [HELLO_PROTOCOL, FIRST_HELLO_PROTOCOL]) streams.handle(protocol, onHelloStream, HELLO_MAX_BYTES)

  /** What failed before says nothing any more. */
  function retryLinks (): void {
    keeping.networkChanged()
    dialing.forgive()
  }

  const onConnectionOpen = ({ detail: connection }: CustomEvent<Connection>): void => {
    const { remotePeer } = connection
    const isFirst = libp2p.getConnections(remotePeer).length === 1
    if (connection.direction === 'outbound' && isFirst && !isNode(remotePeer)) scope.run(greet(remotePeer))
  }
  libp2p.addEventListener('connection:open', onConnectionOpen)
  scope.defer(() => libp2p.removeEventListener('connection:open', onConnectionOpen))
  scope.defer(effect(() => {
    // Failures while the node was away say nothing about the peers.
    if (nodeLink.status.value === 'online') retryLinks()
    else rooms.forgetRegistered()
  }))
  scope.defer(links.links.subscribe(() => rooms.update()))

  let stopped: Promise<void> | null = null
  return {
    libp2p,
    node: nodeLink.status,
    retryAt: nodeLink.retryAt,
    mismatch,
    nodeKey: () => nodeLink.relay.peek()?.peerId.publicKey?.raw ?? null,
    links: links.links,
    reachable: computed(() => new Set([...rooms.members.value, ...links.links.value.keys()])),
    dropped,
    drop,
    budgets,
    async start () {
      await libp2p.start()
      gossip.started()
      nodeLink.start()
    },
    stop () {
      scope.end()
      stopped ??= (async () => await libp2p.stop())()
      return stopped
    },
    wake () {
      nodeLink.wake()
      retryLinks()
      links.wake()
    },
    suspect: () => nodeLink.doubt({ isOffline: true }),
    doubt (device) {
      links.doubt(device)
      nodeLink.doubt()
    },
    reviewLinks () {
      for (const connection of libp2p.getConnections()) {
        const device = toDeviceKey(connection.remotePeer)
        if (device !== null && !isNode(connection.remotePeer) && isDirect(connection) && isHiddenFrom(device)) keeping.hideFrom(device)
      }
      rooms.review()
      retryLinks()
    },
    enterRoom: (tag, policy) => rooms.enter(tag, policy),
    lookUp: async (tag, { keys, signal }) => await rendezvous.lookUp(tag, keys, AbortSignal.any([signal, AbortSignal.timeout(LOOK_UP_TIMEOUT_MS)])),
    open: (remote, protocol, details) => streams.open(remote, protocol, details),
    handle: (protocol, handler, { maxFrameBytes } = {}) => streams.handle(protocol, handler, maxFrameBytes),
    async showPassport () {
      await Promise.allSettled(libp2p.getPeers().map(greet))
      await attachRendezvous().catch(() => drop('rendezvous-failed'))
    }
  }
}
