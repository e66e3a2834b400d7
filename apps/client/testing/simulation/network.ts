/**
 * The network of a simulated run: who reaches whom, how long it takes and what gets lost. The node is in it as rendezvous and as mailbox,
 * a carrier without keys. Each process of a person has a `Mesh` of its own here, as libp2p would give it.
 */
import { computed, signal, type Signal } from '@preact/signals-core'
import { createLimiter } from '../../../../bootstrap/limits/index.ts'
import { createAddressed } from '../../../../bootstrap/mailbox/addressed.ts'
import { createHolders } from '../../../../bootstrap/mailbox/holders.ts'
import { ADDRESSED_PROTOCOL } from '#shared/wire/addressed.ts'
import { ParleyError } from '#shared/errors.ts'
import { fromHex, type AccountId, type DeviceKey, type RoomTag } from '#shared/ids.ts'
import { decodeEnvelope, verifyEnvelope } from '#shared/wire/envelope.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { decodeGossipFrame } from '#shared/wire/gossip.ts'
import { acceptSync, createCarrierAccess, SYNC_PROTOCOL, type SyncRoom } from '#shared/wire/sync/index.ts'
import { createMemoryReplica, type MemoryReplica } from '#shared/wire/sync/testing/memory-replica.ts'
import type { Mesh, PeerLink, Remote, RoomPolicy } from '../../mesh/types.ts'
import { streamBudgetOf } from '../../budgets.ts'
import { createPeerBudgets, type PeerBudgets } from '../../mesh/peer-budgets.ts'
import type { InvitationsApi } from '../../node-api/index.ts'
import type { Random } from './random.ts'
import { createScope, type Scope } from '../../state/scope.ts'
import { createShelf } from './shelf.ts'
import { createStream, type Line, type StreamPair } from './stream.ts'

export interface Conditions {
  /** Of gossip. */
  loss: number
  duplication: number
  /** Of gossip, in ms; streams take a tenth of it. */
  delayMs: number
  /** That a frame of a stream is its last. */
  cut: number
}

export const FINE: Conditions = { loss: 0, duplication: 0, delayMs: 20, cut: 0 }

export interface SimulatedMesh extends Mesh {
  /** The process is gone from one moment to the next. */
  die(): void
}

export interface Network {
  conditions: Conditions
  /** The frames of these devices take fifty times as long. */
  readonly slow: Set<DeviceKey>
  createMesh(device: DeviceKey): SimulatedMesh
  /** Side of a partition for each device and the node; those with no side are on side 0. */
  split(sides: ReadonlyMap<Remote, number>): void
  setOnline(device: DeviceKey, isOnline: boolean): void
  isOnline(device: DeviceKey): boolean
  setNode(isUp: boolean): void
  /** The node's shelf for invitations, as seen by `device` with one of the room's keys. */
  shelfOf(device: DeviceKey, tag: RoomTag, publicKey: Uint8Array): InvitationsApi
  /** What the mailbox holds of a room. */
  mailboxOf(tag: RoomTag): MemoryReplica | null
  /** Decides for each entry that is about to be held by the mailbox or taken over gossip; for sabotage. */
  censor: (frame: Uint8Array) => boolean
}

/** The node's key: of no consequence, since nothing here checks what Noise would. */
const NODE_KEY = new Uint8Array(32).fill(0xee)
const SLOWNESS = 50
/** Links and the rendezvous notice a change this late. */
const NOTICE_MS = 40

interface Entered { policy: RoomPolicy, present: Signal<ReadonlySet<DeviceKey>> }

interface Process {
  device: DeviceKey
  isAlive: boolean
  isStarted: boolean
  rooms: Map<RoomTag, Entered>
  handlers: Map<string, (stream: FrameStream, remote: DeviceKey) => Promise<void>>
  node: Signal<'online' | 'connecting' | 'offline'>
  links: Signal<ReadonlyMap<DeviceKey, PeerLink>>
  dropped: Map<string, number>
  scope: Scope
  budgets: PeerBudgets
}

export function createNetwork (random: Random): Network {
  const processes = new Map<DeviceKey, Process>()
  const offline = new Set<DeviceKey>()
  const streams = new Set<{ pair: StreamPair, ends: [DeviceKey, Remote] }>()
  const mailbox = createMailbox()
  const isInRoom = (tag: RoomTag, device: DeviceKey): boolean => processes.get(device)?.rooms.has(tag) === true && reaches(device, 'node')
  const addressed = createAddressed({
    limiter: createLimiter(), holders: createHolders({ maxPositions: 1000, maxPerAccount: 1000, refuse () {} }),
    accountOf: (device) => device as string as AccountId,
    isMember: isInRoom, isThere: isInRoom
  })
  const shelf = createShelf((tag) => mailbox.accessKeyOf(tag))
  let sides: ReadonlyMap<Remote, number> = new Map()
  let isNodeUp = true
  let isNoticing = false

  const isThere = (remote: Remote): boolean => {
    if (remote === 'node') return isNodeUp
    const process = processes.get(remote)
    return process?.isAlive === true && process.isStarted && !offline.has(remote)
  }
  const reaches = (from: Remote, to: Remote): boolean =>
    isThere(from) && isThere(to) && (sides.get(from) ?? 0) === (sides.get(to) ?? 0)
  const running = (): Process[] => [...processes.values()].filter(({ isAlive, isStarted }) => isAlive && isStarted)
  const delayBetween = (...ends: readonly Remote[]): number => {
    const slowness = ends.some((end) => end !== 'node' && network.slow.has(end)) ? SLOWNESS : 1
    // In steps of five, so that much happens at the same moment.
    return 5 * (1 + random.below(Math.max(1, network.conditions.delayMs / 5))) * slowness
  }

  /** Links, presence and the state of the node follow what reaches what; everybody notices a little later. */
  const notice = (): void => {
    if (isNoticing) return
    isNoticing = true
    setTimeout(() => {
      isNoticing = false
      for (const stream of streams) if (!reaches(...stream.ends)) breakOrStall(stream)
      for (const process of running()) look(process)
    }, NOTICE_MS)
  }
  const breakOrStall = (stream: typeof streams extends Set<infer Stream> ? Stream : never): void => {
    streams.delete(stream)
    // Half of the time nobody tells: the other end is silent, as when a lid is closed.
    if (random.chance(0.5)) stream.pair.abort(new Error('the other end is gone'))
  }
  const look = (process: Process): void => {
    const { device, rooms, node, links } = process
    node.value = reaches(device, 'node') ? 'online' : 'offline'
    const others = running().filter((other) => other !== process && reaches(device, other.device))
    const linked = new Set<DeviceKey>()
    for (const [tag, room] of rooms) {
      const there = others.filter((other) => other.rooms.has(tag))
      for (const other of there) {
        if (room.policy.isMember(other.device) || other.rooms.get(tag)?.policy.isMember(device) === true) linked.add(other.device)
      }
      const present = new Set(there.filter((other) => linked.has(other.device) || reaches('node', other.device)).map((other) => other.device))
      if (!sameMembers(present, room.present.peek())) room.present.value = present
    }
    if (!sameMembers(linked, new Set(links.peek().keys()))) {
      links.value = new Map([...linked].map((other) => [other, { device: other, path: 'direct', latencyMs: null, passport: null, protocol: 'meets' }]))
    }
  }

  const publish = (from: Process, tag: RoomTag, frame: Uint8Array): number => {
    if (reaches(from.device, 'node') && !random.chance(network.conditions.loss) && !network.censor(frame)) mailbox.takeGossip(tag, frame)
    const others = running().filter((other) => other !== from && other.rooms.has(tag) && reaches(from.device, other.device))
    for (const other of others) {
      if (random.chance(network.conditions.loss) || network.censor(frame)) continue
      const copies = random.chance(network.conditions.duplication) ? 2 : 1
      for (let copy = 0; copy < copies; copy++) setTimeout(() => deliver(from.device, other, tag, frame), delayBetween(from.device, other.device))
    }
    return others.length
  }
  const deliver = (from: DeviceKey, to: Process, tag: RoomTag, frame: Uint8Array): void => {
    const room = to.rooms.get(tag)
    if (room === undefined || !to.isAlive || !reaches(from, to.device) || !to.budgets.take('carried', from)) return
    room.policy.validate(frame, from).then((verdict) => {
      if (verdict.verdict === 'accept' && to.isAlive) verdict.deliver()
      else if (verdict.verdict !== 'accept') count(to, verdict.reason)
    }, () => count(to, 'validator-rejected'))
  }

  const open = async (from: Process, remote: Remote, protocol: string, maxFrameBytes?: number): Promise<FrameStream> => {
    await new Promise((resolve) => { setTimeout(resolve, delayBetween(from.device, remote)) })
    if (!from.isAlive) return await new Promise(() => {})
    const to = remote === 'node' ? null : processes.get(remote) ?? null
    const handler = remote === 'node' ? protocol === ADDRESSED_PROTOCOL ? addressed.serve : mailbox.handlerOf(protocol) : to?.handlers.get(protocol)
    if (!reaches(from.device, remote) || handler === undefined) throw new Error('cannot be reached')
    if (to?.budgets.take(streamBudgetOf(protocol), from.device) === false) throw new Error('too many streams')
    const line: Line = {
      delayMs: () => Math.ceil(delayBetween(from.device, remote) / 10),
      fate: () => !reaches(from.device, remote) ? 'stall' : random.chance(network.conditions.cut) ? 'break' : 'arrives'
    }
    const pair = createStream(line, maxFrameBytes)
    streams.add({ pair, ends: [from.device, remote] })
    handler(pair.b, from.device).catch((error: unknown) => {
      if (to !== null) count(to, 'handler-failed')
      pair.abort(error instanceof Error ? error : new Error('the handler failed'))
    })
    return pair.a
  }

  const network: Network = {
    conditions: FINE,
    slow: new Set(),
    censor: () => false,
    createMesh (device) {
      const dropped = new Map<string, number>()
      const scope = createScope(() => {})
      const process: Process = {
        device, isAlive: true, isStarted: false, rooms: new Map(), handlers: new Map(), node: signal('connecting'), links: signal(new Map()), dropped, scope,
        budgets: createPeerBudgets({ scope, drop: (reason) => count(process, reason) })
      }
      processes.set(device, process)
      return meshOf(process, { publish, open, notice, registeredIn: (tag) => {
        if (!reaches(device, 'node')) throw new Error('the node cannot be reached')
        return running().filter((other) => other.rooms.has(tag) && reaches('node', other.device)).map((other) => other.device)
      } })
    },
    split (next) {
      sides = next
      notice()
    },
    setOnline (device, isOnline) {
      if (isOnline) offline.delete(device)
      else offline.add(device)
      notice()
    },
    isOnline: (device) => !offline.has(device),
    setNode (isUp) {
      isNodeUp = isUp
      notice()
    },
    shelfOf: (device, tag, publicKey) => shelf.apiOf(device, tag, publicKey, async () => {
      await new Promise((resolve) => { setTimeout(resolve, delayBetween(device, 'node')) })
      if (!reaches(device, 'node')) throw new ParleyError('node-unreachable')
    }),
    mailboxOf: (tag) => mailbox.replicaOf(tag)
  }
  return network
}

const count = (process: Process, reason: string): void => { process.dropped.set(reason, (process.dropped.get(reason) ?? 0) + 1) }

const sameMembers = (a: ReadonlySet<DeviceKey>, b: ReadonlySet<DeviceKey>): boolean => a.size === b.size && [...a].every((device) => b.has(device))

function meshOf (process: Process, { publish, open, notice, registeredIn }: {
  publish: (from: Process, tag: RoomTag, frame: Uint8Array) => number
  open: (from: Process, remote: Remote, protocol: string, maxFrameBytes?: number) => Promise<FrameStream>
  notice: () => void
  registeredIn: (tag: RoomTag) => DeviceKey[]
}): SimulatedMesh {
  return {
    node: process.node,
    retryAt: signal(null),
    mismatch: signal(null),
    nodeKey: () => NODE_KEY,
    links: process.links,
    reachable: computed(() => new Set(process.links.value.keys())),
    dropped: process.dropped,
    drop: (reason) => count(process, reason),
    budgets: process.budgets,
    wake: notice,
    suspect: notice,
    doubt: notice,
    reviewLinks: notice,
    showPassport: () => Promise.resolve(),
    start () {
      process.isStarted = true
      notice()
      return Promise.resolve()
    },
    stop () {
      process.isAlive = false
      process.scope.end()
      notice()
      return Promise.resolve()
    },
    die () {
      process.isAlive = false
      process.scope.end()
      notice()
    },
    enterRoom (tag, policy) {
      const room: Entered = { policy, present: signal(new Set()) }
      process.rooms.set(tag, room)
      notice()
      return {
        present: room.present,
        publish: (frame) => Promise.resolve(process.isAlive ? publish(process, tag, frame) : 0),
        refresh: notice,
        leave () {
          if (process.rooms.get(tag) === room) process.rooms.delete(tag)
          notice()
        }
      }
    },
    lookUp: async (tag) => await Promise.resolve().then(() => registeredIn(tag).filter((device) => device !== process.device)),
    open: async (remote, protocol, { signal: stop, maxFrameBytes }) => {
      stop.throwIfAborted()
      return await open(process, remote, protocol, maxFrameBytes)
    },
    handle (protocol, handler) {
      process.handlers.set(protocol, handler)
      return () => { process.handlers.delete(protocol) }
    }
  }
}

interface Mailbox {
  takeGossip(tag: RoomTag, frame: Uint8Array): void
  handlerOf(protocol: string): ((stream: FrameStream, remote: DeviceKey) => Promise<void>) | undefined
  replicaOf(tag: RoomTag): MemoryReplica | null
  accessKeyOf(tag: RoomTag): Uint8Array | null
}

/** What the node keeps: envelopes whose signature holds, of rooms that a member has registered. */
function createMailbox (): Mailbox {
  const rooms = new Map<RoomTag, SyncRoom & { replica: MemoryReplica, publicKey: Uint8Array }>()
  const take = async (tag: RoomTag, bytes: Uint8Array): Promise<void> => {
    const frame = decodeGossipFrame(bytes)
    const room = rooms.get(tag)
    if (frame.type === 'envelope' && room !== undefined) await room.replica.append([await verifyEnvelope(await decodeEnvelope(frame.envelope), frame.device)])
  }
  const serve = async (stream: FrameStream, remote: DeviceKey): Promise<void> => {
    await acceptSync(stream, {
      remoteKey: fromHex(remote),
      roomOf: (tag) => rooms.get(tag) ?? null,
      async register (roomTag, publicKey) {
        const room = { publicKey, replica: createMemoryReplica(roomTag), access: await createCarrierAccess({ roomTag, publicKey, localKey: NODE_KEY }) }
        rooms.set(roomTag, rooms.get(roomTag) ?? room)
        return rooms.get(roomTag) ?? room
      }
    })
  }
  return {
    // Whatever is malformed is dropped, as the real one does.
    takeGossip: (tag, bytes) => { take(tag, bytes).catch(() => undefined) },
    handlerOf: (protocol) => protocol === SYNC_PROTOCOL ? serve : undefined,
    replicaOf: (tag) => rooms.get(tag)?.replica ?? null,
    accessKeyOf: (tag) => rooms.get(tag)?.publicKey ?? null
  }
}
