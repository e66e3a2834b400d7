/**
 * `/parley/sync/1` on the client: this device's copy of a room and another's, a member's or the node's mailbox, become equal. The engine
 * is `shared/wire/sync`; here is who may run it when: at most one session per remote and room, a budget for those who call.
 *
 * Flow: `sync` opens a stream and runs a session; an inbound stream names its room, and the room judges its proof. When both ends call at
 * the same time, the session of the smaller device key counts and the other call waits for it, in whatever order its refusal, that
 * session's beginning and that session's end arrive.
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
/**
 * How long a call that was answered `busy` waits for the other end's session to begin before it calls again: longer than a relayed round
 * trip, so that nearly always the session comes; doubled and spread each time, so that two ends do not stay in step.
 */
const BUSY_DELAY_MS = 250
/** A session of the other end takes seconds at most before the next one of ours gets its turn: these cover eight. */
const BUSY_CALLS_MAX = 6

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
  /** Waits before it calls again; for tests. Rejects when `signal` aborts. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>
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
  /** Calls of ours that are under way: one, or also those whose place a session of the other end has taken. */
  calls: Set<OwnCall>
}

interface OwnCall {
  /** The newest session of the other end that began since, ended or not. */
  theirs: Promise<SyncResult> | null
  /** Called when such a session begins. */
  onTheirs: () => void
}

export function createSyncProtocol (options: SyncProtocolOptions): SyncProtocol {
  const { mesh, localKey, nodeKey, roomOf, onDone, onProgress, pause = sleep } = options
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
    const lane = lanes.get(name) ?? { running: null, queued: null, calls: new Set() }
    lanes.set(name, lane)
    return lane
  }

  function leave (remote: Remote, roomTag: RoomTag, lane: Lane, running: Lane['running']): void {
    // A session that was called in meanwhile has taken the lane.
    if (lane.running === running) lane.running = null
    if (lane.running === null && lane.queued === null && lane.calls.size === 0) lanes.delete(`${remote}/${roomTag}`)
    onProgress?.(roomTag, null)
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

  /** RULE: a call that is answered `busy` takes the result of the other end's session that began since; if none comes, it calls again. */
  async function callUntilFree (own: OwnCall, remote: Remote, roomTag: RoomTag, signal: AbortSignal): Promise<SyncResult> {
    for (let nth = 1; ; nth++) {
      try {
        const result = await call(remote, roomTag, signal)
        onDone(remote, roomTag, result)
        return result
      } catch (error) {
        if (!(error instanceof SyncRefused && error.code === 'busy' && error.by === 'remote') || nth === BUSY_CALLS_MAX) throw error
      }
      await theirsOrLater(own, BUSY_DELAY_MS * 2 ** (nth - 1) * (0.5 + Math.random()), signal)
      const result = await own.theirs?.catch(() => null) ?? null
      if (result !== null) return result
      own.theirs = null
    }
  }

  /** Resolves once a session of the other end has begun, at the latest after `delayMs`. */
  async function theirsOrLater (own: OwnCall, delayMs: number, signal: AbortSignal): Promise<void> {
    if (own.theirs !== null) return
    const begun = new AbortController()
    await Promise.race([
      new Promise<void>((resolve) => { own.onTheirs = resolve }),
      pause(delayMs, AbortSignal.any([signal, begun.signal]))
    ])
    begun.abort()
  }

  async function callOut (remote: Remote, roomTag: RoomTag, caller: AbortSignal): Promise<SyncResult> {
    const signal = AbortSignal.any([caller, stopped.signal])
    signal.throwIfAborted()
    const lane = laneOf(remote, roomTag)
    const own: OwnCall = { theirs: null, onTheirs: () => {} }
    lane.calls.add(own)
    const running: Lane['running'] = { direction: 'out', result: callUntilFree(own, remote, roomTag, signal) }
    lane.running = running
    try {
      return await running.result
    } finally {
      lane.calls.delete(own)
      leave(remote, roomTag, lane, running)
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
    let leaveLane = (): void => {}
    let named: RoomTag | null = null
    const findRoom = (roomTag: RoomTag): SyncRoom | 'busy' | null => {
      const room = roomOf(roomTag)
      if (room === null) return null
      const lane = laneOf(remote, roomTag)
      if (lane.running !== null && (lane.running.direction === 'in' || localKey < remote)) return 'busy'
      named = roomTag
      const running: Lane['running'] = { direction: 'in', result: outcome.promise }
      lane.running = running
      for (const own of lane.calls) {
        own.theirs = outcome.promise
        own.onTheirs()
      }
      leaveLane = () => leave(remote, roomTag, lane, running)
      return room
    }
    try {
      const { roomTag, result } = await acceptSync(stream, {
        roomOf: findRoom,
        remoteKey: fromHex(remote),
        signal: stopped.signal,
        onProgress: (progress) => { if (named !== null) onProgress?.(named, progress) }
      })
      onDone(remote, roomTag, result)
      outcome.resolve(result)
    } catch (error) {
      outcome.reject(error)
      if (error instanceof WireError) mesh.drop(`sync-${error.reason}`)
      else if (error instanceof SyncRefused && error.code !== 'busy') mesh.drop(`sync-${error.code}`)
    }
    leaveLane()
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

async function sleep (ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })
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
