/**
 * `/parley/sync/1` on the client: this device's copy of a room and another's, a member's or the node's mailbox, become equal. The engine
 * is `shared/wire/sync`; here is who may run it when: at most one session per remote and room, a budget for those who call.
 *
 * Flow: `sync` opens a stream and runs a session; an inbound stream names its room, and the room judges its proof. When both ends call at
 * the same time, the session of the smaller device key counts and the other call waits for it.
 *
 * @example
 *   const sync = createSyncProtocol({ mesh, localKey: device.key, nodeKey, roomOf: (tag) => rooms.get(tag) ?? null, onDone: noteRemote })
 *   await sync.sync('node', roomTag, { signal })
 *
 * @see SPEC.md
 */
import { fromHex, type DeviceKey, type RoomTag } from '#shared/ids.ts'
import { WireError } from '#shared/wire/cbor.ts'
import type { FrameStream } from '#shared/wire/frame-stream.ts'
import { acceptSync, runSync, SYNC_PROTOCOL, SyncRefused, type SyncResult, type SyncRoom } from '#shared/wire/sync/index.ts'
import type { Mesh, Remote } from '../../mesh/types.ts'

/** Inbound sessions that one device may start in a burst, and how fast that is given back: a mesh that heals needs a few per room. */
const BUDGET_SESSIONS = 40
const BUDGET_REFILL_MS = 1500

export interface SyncProtocolOptions {
  mesh: Pick<Mesh, 'open' | 'handle' | 'drop'>
  localKey: DeviceKey
  /** Raw Ed25519 public key of the node (32 bytes); null while it is not known. */
  nodeKey: () => Uint8Array | null
  /** The room as sync sees it; null when this device is not in it. */
  roomOf: (roomTag: RoomTag) => SyncRoom | null
  /** After each session that came to its end, whoever had called. */
  onDone: (remote: Remote, roomTag: RoomTag, result: SyncResult) => void
  /** Entries that became durable during a session; null when the session is over. */
  onProgress?: (roomTag: RoomTag, progress: { received: number, total: number } | null) => void
  /** Unix ms; for tests. */
  now?: () => number
}

export interface SyncProtocol {
  /**
   * Runs a session. While one with this remote about this room is running, one more is queued, which all further callers share: what was
   * written since the running one began is then surely exchanged.
   * @throws {WireError} `SyncRefused`, `SyncTimeout` or what `mesh.open` and the replica throw (rejects)
   */
  sync(remote: Remote, roomTag: RoomTag, options: { signal: AbortSignal }): Promise<SyncResult>
  /** Ends all sessions and takes no more. Idempotent. */
  stop(): void
}

interface Lane {
  running: { direction: 'out' | 'in', result: Promise<SyncResult> } | null
  queued: Promise<SyncResult> | null
}

export function createSyncProtocol (options: SyncProtocolOptions): SyncProtocol {
  const { mesh, localKey, nodeKey, roomOf, onDone, onProgress } = options
  const stopped = new AbortController()
  const lanes = new Map<string, Lane>()
  const takeBudget = createBudget(options.now ?? Date.now)

  const keyOf = (remote: Remote): Uint8Array => {
    const key = remote === 'node' ? nodeKey() : fromHex(remote)
    if (key === null) throw new Error('the key of the node is not known yet')
    return key
  }

  function laneOf (remote: Remote, roomTag: RoomTag): Lane {
    const name = `${remote}/${roomTag}`
    const lane = lanes.get(name) ?? { running: null, queued: null }
    lanes.set(name, lane)
    return lane
  }

  /** Runs `session` in the lane; tidies up and tells about it in the end. */
  async function occupy (direction: 'out' | 'in', remote: Remote, roomTag: RoomTag, session: () => Promise<SyncResult>): Promise<SyncResult> {
    const lane = laneOf(remote, roomTag)
    const result = session()
    const running = { direction, result }
    lane.running = running
    try {
      const done = await result
      onDone(remote, roomTag, done)
      return done
    } finally {
      // A session that was called in meanwhile has taken the lane.
      if (lane.running === running) lane.running = null
      if (lane.running === null && lane.queued === null) lanes.delete(`${remote}/${roomTag}`)
      onProgress?.(roomTag, null)
    }
  }

  async function call (remote: Remote, roomTag: RoomTag, signal: AbortSignal): Promise<SyncResult> {
    const room = roomOf(roomTag)
    if (room === null) throw new Error('this device is not in the room')
    const remoteKey = keyOf(remote)
    const stream = await mesh.open(remote, SYNC_PROTOCOL, { signal })
    try {
      return await runSync(stream, room, {
        remoteKey, signal, register: remote === 'node', onProgress: (progress) => onProgress?.(roomTag, progress)
      })
    } catch (error) {
      if (error instanceof WireError) mesh.drop(`sync-${error.reason}`)
      throw error
    }
  }

  async function callOut (remote: Remote, roomTag: RoomTag, caller: AbortSignal): Promise<SyncResult> {
    const signal = AbortSignal.any([caller, stopped.signal])
    signal.throwIfAborted()
    try {
      return await occupy('out', remote, roomTag, async () => await call(remote, roomTag, signal))
    } catch (error) {
      // Both called: the other end's session runs, and does for both.
      const theirs = lanes.get(`${remote}/${roomTag}`)?.running
      if (error instanceof SyncRefused && error.code === 'busy' && theirs?.direction === 'in') return await theirs.result
      throw error
    }
  }

  async function sync (remote: Remote, roomTag: RoomTag, { signal }: { signal: AbortSignal }): Promise<SyncResult> {
    const lane = laneOf(remote, roomTag)
    if (lane.running === null) return await callOut(remote, roomTag, signal)
    const afterwards = async (): Promise<SyncResult> => {
      while (lane.running !== null) await lane.running.result.catch(() => undefined)
      lane.queued = null
      return await callOut(remote, roomTag, signal)
    }
    return await (lane.queued ??= afterwards())
  }

  async function answer (stream: FrameStream, remote: DeviceKey): Promise<void> {
    if (!takeBudget(remote)) {
      mesh.drop('sync-budget')
      stream.abort(new Error('too many sync sessions'))
      return
    }
    const outcome = Promise.withResolvers<SyncResult>()
    outcome.promise.catch(() => undefined)
    let occupied: Promise<unknown> = Promise.resolve()
    let named: RoomTag | null = null
    const findRoom = (roomTag: RoomTag): SyncRoom | 'busy' | null => {
      const room = roomOf(roomTag)
      if (room === null) return null
      const { running } = laneOf(remote, roomTag)
      if (running !== null && (running.direction === 'in' || localKey < remote)) return 'busy'
      named = roomTag
      occupied = occupy('in', remote, roomTag, async () => await outcome.promise).catch(() => undefined)
      return room
    }
    try {
      const { result } = await acceptSync(stream, {
        roomOf: findRoom,
        remoteKey: fromHex(remote),
        signal: stopped.signal,
        onProgress: (progress) => { if (named !== null) onProgress?.(named, progress) }
      })
      outcome.resolve(result)
    } catch (error) {
      outcome.reject(error)
      if (error instanceof WireError) mesh.drop(`sync-${error.reason}`)
      else if (error instanceof SyncRefused && error.code !== 'busy') mesh.drop(`sync-${error.code}`)
    }
    await occupied
  }

  const unregister = mesh.handle(SYNC_PROTOCOL, answer)
  return {
    sync,
    stop () {
      unregister()
      stopped.abort(new Error('sync has stopped'))
    }
  }
}

/** A bucket of tokens per device; full ones are forgotten. */
function createBudget (now: () => number): (device: DeviceKey) => boolean {
  const spent = new Map<DeviceKey, { used: number, at: number }>()
  return (device) => {
    const at = now()
    for (const [key, { used, at: since }] of spent) if (used * BUDGET_REFILL_MS <= at - since) spent.delete(key)
    const before = spent.get(device)
    const used = before === undefined ? 0 : Math.max(0, before.used - (at - before.at) / BUDGET_REFILL_MS)
    if (used + 1 > BUDGET_SESSIONS) return false
    spent.set(device, { used: used + 1, at })
    return true
  }
}
