/** What the rest of the client sees of the mesh. */
import type { ReadonlySignal } from '@preact/signals-core'
import type { PassportClaims } from '#shared/http/passport.ts'
import type { DeviceKey, RoomTag } from '#shared/ids.ts'
import type { ProtocolMatch } from '#shared/protocol.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import type { RoomKeys } from '#shared/wire/rendezvous-proof.ts'
import type { RoomEntrance } from '../protocols/rendezvous/index.ts'
import type { PeerBudgets } from './peer-budgets.ts'
import type { Remote } from './remote.ts'

export type { Remote } from './remote.ts'

export interface PeerLink {
  device: DeviceKey
  /** The best connection that is open now and works. A relayed one is there only while something goes over it. */
  path: 'direct' | 'relayed'
  /** Last measured round trip in ms; null until measured. */
  latencyMs: number | null
  /** Claims of the passport the peer showed, checked against the node's keys; null when it showed none that is valid. */
  passport: PassportClaims | null
  /** Whether this device and the peer understand each other's version. */
  protocol: ProtocolMatch
}

export interface Mesh {
  readonly node: ReadonlySignal<'online' | 'connecting' | 'offline'>
  /** Unix ms of the next attempt to reach the node; null when none is planned. */
  readonly retryAt: ReadonlySignal<number | null>
  /** Why the node refuses this version, or this version the node; null while they understand each other. */
  readonly mismatch: ReadonlySignal<'client-too-old' | 'node-too-old' | null>
  /** Raw Ed25519 public key of the node (32 bytes); null until it was dialled once. */
  nodeKey(): Uint8Array | null
  /** Every device that is linked now. Replaced as a whole on each change. */
  readonly links: ReadonlySignal<ReadonlyMap<DeviceKey, PeerLink>>
  /** Devices that are linked, or are at the node in a room of which they are a member: `open` reaches them. Replaced as a whole on each change. */
  readonly reachable: ReadonlySignal<ReadonlySet<DeviceKey>>

  start(): Promise<void>
  /** Idempotent. */
  stop(): Promise<void>
  /** Tries the node now instead of at `retryAt` (network is back, machine woke up). */
  wake(): void
  /** The system says that the network is gone. What comes back is often another one, and is there before the system says so: the node is asked at once. */
  suspect(): void
  /** Asks at once whether a device and the node are still there: media to the device has stopped, and any of the three may be the reason. */
  doubt(device: DeviceKey): void

  /** Ends direct links with those from whom this device now hides its address, who are told before, and makes those that are missing. */
  reviewLinks(): void

  /** Subscribes to the room's topic, registers at the rendezvous and keeps links to its members as the policy says. */
  enterRoom(tag: RoomTag, policy: RoomPolicy): RoomMesh
  /**
   * Devices that are registered for a room now, for a device that holds its access key or an invitation's. Rejects when the node is not
   * reachable.
   * @throws {ParleyError} `invite-expired`, `invite-revoked` (rejects)
   */
  lookUp(tag: RoomTag, options: { keys: RoomKeys, signal: AbortSignal }): Promise<DeviceKey[]>
  /**
   * Opens a stream; dials through the relay first where there is no link yet. Runs over relayed links too.
   * Rejects when the remote cannot be reached or does not speak the protocol.
   */
  open(remote: Remote, protocol: string, options: { signal: AbortSignal, maxFrameBytes?: number }): Promise<FrameStream>
  /** Registers the handler of an inbound protocol. A rejection of `handler` aborts the stream and is counted. Returns unregister. */
  handle(protocol: string, handler: (stream: FrameStream, remote: DeviceKey) => Promise<void>, options?: { maxFrameBytes?: number }): () => void
  /** Says hello again to everybody, after the passport has changed. */
  showPassport(): Promise<void>
  /** Frames and streams that were dropped, by reason; for tests, the connection panel and logs. */
  readonly dropped: ReadonlyMap<string, number>
  /** Counts one dropped input under `reason`. */
  drop(reason: string): void
  /** What each device may send here, and who sent far too much. */
  readonly budgets: PeerBudgets
}

export interface RoomPolicy extends RoomEntrance {
  /** Only members are kept linked. Asked again whenever the rendezvous tells of an arrival, and on `RoomMesh.refresh()`. */
  isMember(device: DeviceKey): boolean
  /** Pure: judges a frame that came by gossip. `deliver` is called once for an accepted frame. Must not reject. */
  validate(frame: Uint8Array, from: Remote): Promise<Verdict>
}

export type Verdict =
  | { verdict: 'accept', deliver: () => void }
  /** `ignore`: not passed on, nobody to blame. `reject`: not passed on, whoever sent it is at fault. */
  | { verdict: 'ignore' | 'reject', reason: string }

export interface RoomMesh {
  /** Devices that the rendezvous says are there, or that are linked and known to be in the room. */
  readonly present: ReadonlySignal<ReadonlySet<DeviceKey>>
  /** Publishes to the topic. Never rejects; answers how many gossip peers took it (0: nobody is there). */
  publish(frame: Uint8Array): Promise<number>
  /** Asks `isMember` again for all, and `invites`, after the membership changed. */
  refresh(): void
  leave(): void
}
